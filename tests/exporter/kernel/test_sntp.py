import socket
import struct
import threading

import pytest

from exporter.kernel.sntp import EPOCH_1970, PACKET, Answer, exchange, make_request, parse_answer, to_unix

COOKIE = 0x1234567890ABCDEF


def stamp(unix):
    return int((unix + EPOCH_1970) * 2**32)


def packet(**changes):
    fields = {
        "head": 4 << 3 | 4, "stratum": 2, "poll": 6, "precision": -20, "delay": 1 << 15, "dispersion": 1 << 14, "id": 0,
        "reference": stamp(900), "origin": COOKIE, "received": stamp(1000.5), "sent": stamp(1000.75),
    } | changes  # fmt: skip
    return PACKET.pack(*fields.values())


def answer(**changes):
    return parse_answer(packet(), COOKIE, 1000.0, 1001.0)._replace(**changes)


def test_times_and_shorts_become_seconds():
    assert answer() == Answer(0, 2, 0.5, 0.25, 900.0, 1000.0, 1000.5, 1000.75, 1001.0)


def test_the_clocks_difference_and_the_way_between_them():
    server_answer = answer()
    assert server_answer.round_trip == 0.75
    assert server_answer.offset == 0.125
    assert server_answer.root_distance == (0.75 + 0.5) / 2 + 0.25
    assert server_answer.least_error == 0
    assert answer(originated=1002.0, arrived=1003.0).least_error == 1.5


@pytest.mark.parametrize(
    "changes",
    [
        {"stratum": 0}, {"stratum": 16}, {"leap": 3}, {"reference": 1000.8}, {"reference": 1000 - (1 << 17)},
        {"root_dispersion": 16.0}, {"root_delay": 31.6},
    ],
)  # fmt: skip
def test_a_server_that_says_so_or_is_too_far_is_not_valid(changes):
    assert answer().is_valid
    assert not answer(**changes).is_valid


@pytest.mark.parametrize(
    "data",
    [
        b"", packet()[:47], packet(origin=COOKIE + 1), packet(head=4 << 3 | 3), packet(sent=0),
        packet(received=stamp(1000.76)),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(data):
    with pytest.raises(ValueError, match="NTP"):
        parse_answer(data, COOKIE, 1000.0, 1001.0)


def test_the_next_era_begins_in_2036():
    assert to_unix(stamp(1700000000.5)) == 1700000000.5
    assert to_unix(5 << 32) == 2**32 - EPOCH_1970 + 5
    assert to_unix(0) < 0


def test_a_question_says_version_and_client():
    head, *_, cookie = PACKET.unpack(make_request(3, COOKIE))
    assert (head, cookie) == (0b00_011_011, COOKIE)


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_question_goes_out_by_udp_with_few_hops(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((address, 0))
        server.settimeout(10)

        def reply():
            data, peer = server.recvfrom(100)
            server.sendto(data[::-1], peer)

        thread = threading.Thread(target=reply)
        thread.start()
        assert exchange(address, server.getsockname()[1], 1, b"abc", 10.0) == b"cba"
        thread.join()


def test_a_server_that_is_silent_or_away_is_an_oserror():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        with pytest.raises(TimeoutError):
            exchange("127.0.0.1", port, 1, b"abc", 0.05)
    with pytest.raises(ConnectionRefusedError):
        exchange("127.0.0.1", port, 1, struct.pack("B", 1), 10.0)
