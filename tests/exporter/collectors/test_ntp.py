import pytest

from exporter.base.calls import Clock, NtpCalls
from exporter.collectors.ntp import DAY_SECONDS, Ntp, NtpOptions, is_loopback
from exporter.kernel.sntp import Answer
from tests.exporter.fixed_calls import fixed_exchange
from vigie.core.errors import UsageProblemError

NOON = 19000 * DAY_SECONDS + DAY_SECONDS / 2


def answer(at=NOON, **changes):
    return Answer(0, 2, 0.01, 0.01, at - 60, at, at + 0.001, at + 0.002, at + 0.003)._replace(**changes)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("fe80::1", False),
        ("time", False),
    ],
)
def test_loopback_is_an_address_of_this_machine(address, expected):
    assert is_loopback(address) is expected


def test_another_ones_server_is_asked_only_when_certified(supplies):
    with pytest.raises(UsageProblemError, match="server-is-local"):
        supplies.make(Ntp, NtpOptions(server="pool.ntp.org"))
    supplies.make(Ntp, NtpOptions(server="10.0.0.1", server_is_local=True))


def test_sanity_needs_distance_and_causality_within_the_limits(supplies):
    collector = supplies.make(Ntp, NtpOptions(max_distance=0.5))
    assert collector._is_sane(answer())
    assert not collector._is_sane(answer(root_dispersion=0.6))
    assert not collector._is_sane(answer(leap=3))
    assert not collector._is_sane(answer(originated=NOON + 0.01, arrived=NOON + 0.013))


def test_a_leap_second_is_smeared_over_the_day_before_and_after(supplies):
    collector = supplies.make(Ntp)
    early = {"originated": NOON + 0.7, "arrived": NOON + 0.703}
    assert not collector._is_sane(answer(**early))
    assert collector._is_sane(answer(leap=1, **early))
    assert collector._is_sane(answer(**early))  # the announcement is over, the smearing is not
    late = NOON + 2 * DAY_SECONDS
    assert not collector._is_sane(answer(late, originated=late + 0.7, arrived=late + 0.703))


def test_an_answer_to_another_question_fails(roots):
    packet = fixed_exchange("127.0.0.1", 123, 1, bytes(48), 1.0)
    with pytest.raises(ValueError, match="not an answer"):
        Ntp(roots, NtpCalls(lambda *_: packet), Clock()).page()
