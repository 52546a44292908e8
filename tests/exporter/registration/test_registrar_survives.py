"""Whatever a token file holds and whatever goes wrong: no thread ends, nothing false is said, no secret is told."""

import pytest

from .host_views import state

pytestmark = pytest.mark.integration
BAD = [
    b"\xef\xbb\xbf11111111-2222-3333-4444-555555555555\n",
    "“11111111-2222”".encode(),
    b"5ecre7-\xe9",
    b"\xff\xfe5ecre7",
    b"5ecre7-5ecre7\n# made on Monday\n",
]


@pytest.mark.parametrize("content", BAD)
def test_a_file_that_holds_no_token_is_told_without_its_content_and_recovers(
    consul, announce, wait_until, tmp_path, capsys, content
):
    (tmp_path / "token").write_bytes(b"\n")
    registrar = announce(consul.url)
    registrar._agent.token_file = tmp_path / "token"
    wait_until(lambda: state(registrar) == "registered")
    (tmp_path / "token").write_bytes(content)
    wait_until(lambda: registrar._errors["token_file"] and state(registrar) == "failed")
    (tmp_path / "token").write_bytes(b"\n")
    wait_until(lambda: state(registrar) == "registered")
    said = capsys.readouterr()
    assert "5ecre7" not in said.out + said.err
    assert "1111-2222" not in said.out + said.err


def test_a_thread_that_dies_begins_anew_and_does_not_say_registered_meanwhile(consul, announce, wait_until):
    registrar = announce(consul.url)
    wait_until(lambda: state(registrar) == "registered")
    right, seen = registrar._agent.wait_for_change, []

    def dies(*_):
        seen.append(state(registrar))
        raise RuntimeError("5ecre7")

    registrar._agent.wait_for_change = dies
    wait_until(lambda: registrar._errors["internal"] and state(registrar) == "failed")
    registrar._agent.wait_for_change = right
    wait_until(lambda: state(registrar) == "registered")


def test_an_address_that_discovery_refuses_is_not_called_registered(consul, announce, wait_until):
    registrar = announce(consul.url, advertise_address="localhost")
    wait_until(lambda: registrar._errors["refused"])
    assert state(registrar) == "unconfirmed"
