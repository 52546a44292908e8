"""The one HTTP client: failover, bounds, and what each failure is called."""

import gzip

import pytest

from vigie.core.errors import TransientError
from vigie.core.http.client import Request
from vigie.core.http.fetch_failure import FetchError

NOBODY = "http://ada:not-a-real-secret@127.0.0.1:9"


def failure_of(client, path="/"):
    with pytest.raises(FetchError) as error:
        client.get(path)
    return error.value.failure


def test_the_next_address_is_asked_when_one_is_gone_and_stays_the_first(listen, connect):
    server, url = listen()
    client = connect(NOBODY, url)
    assert client.get("/good") == client.get("/good") == b'{"data": 1}'
    assert len(server.requests) == 2


def test_an_address_that_answers_503_gives_way_to_the_next(listen, connect, answer_with):
    server, url = listen()
    away = answer_with(b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n")
    assert connect(away, url).get_json("/good") == {"data": 1}
    assert len(server.requests) == 1


def test_when_all_are_gone_each_is_named_without_its_password(connect):
    with pytest.raises(FetchError) as error:
        connect(NOBODY, "http://127.0.0.1:7").get("/good")
    assert str(error.value) == (
        "Prometheus at 127.0.0.1:9 refuses connections: nothing listens there; "
        "Prometheus at 127.0.0.1:7 refuses connections: nothing listens there"
    )
    assert isinstance(error.value, TransientError)


@pytest.mark.parametrize(
    ("path", "sentence", "is_passing"),
    [
        ("/gone", "/gone answers with an error of its own (503 starting)", True),
        ("/wrong", "/wrong answers with an unexpected status (400 a parse error)", False),
        ("/elsewhere", "/elsewhere answers with an unexpected status (302)", False),
    ],
)
def test_a_status_other_than_200(listen, connect, path, sentence, is_passing):
    server, url = listen()
    with pytest.raises(FetchError) as error:
        connect(url).get(path)
    assert str(error.value) == f"Prometheus at {url.removeprefix('http://')}{sentence}"
    assert isinstance(error.value, TransientError) is is_passing
    assert server.requests == [("GET", path)], "no redirect is followed"


def test_an_answer_that_is_no_json(listen, connect):
    with pytest.raises(FetchError, match=r"does not answer as expected \(/odd is not JSON\)"):
        connect(listen()[1]).get_json("/odd")


def test_an_answer_that_would_take_all_memory_is_not_read(listen, connect):
    assert failure_of(connect(listen()[1]), "/large").kind == "size"


def test_a_packed_answer_is_bounded_by_what_it_unpacks_to(connect, answer_with):
    body = gzip.compress(b"x" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    assert failure_of(connect(answer_with(head.encode() + body))).kind == "size"


def test_a_packed_answer_in_chunks(connect, answer_with):
    body = gzip.compress(b"hello")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:])]
    assert connect(answer_with(head, *chunks, b"0\r\n\r\n", pause_seconds=0.05)).get("/") == b"hello"


def test_an_answer_that_is_cut_off(connect, answer_with):
    assert failure_of(connect(answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"))).kind == "closed"


def test_an_answer_that_trickles_ends_with_the_total_time(connect, answer_with):
    url = answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 200, pause_seconds=0.1)
    assert failure_of(connect(url, seconds=0.3)).kind == "silent"


def test_a_change_is_sent_to_the_next_only_when_it_can_not_have_been_made(listen, connect):
    (first, url), (second, other) = listen(), listen()
    with pytest.raises(FetchError, match="503"):
        connect(url, other).request(Request("POST", "/gone", body={}))
    assert (len(first.requests), len(second.requests)) == (1, 0)
    assert connect(NOBODY, other).request(Request("DELETE", "/good")).body == b'{"data": 1}'


def test_nobody_listens(connect, free_port):
    assert failure_of(connect(f"http://127.0.0.1:{free_port()}")).kind == "refused"


def test_nobody_answers(connect, listener):
    assert failure_of(connect(f"http://127.0.0.1:{listener.getsockname()[1]}", seconds=0.5)).kind == "silent"


def test_a_connection_that_ends(connect, answer_with):
    assert failure_of(connect(answer_with())).kind == "closed"


def test_http_where_https_is_expected(connect, answer_with):
    url = answer_with(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    assert failure_of(connect(url.replace("http:", "https:"))).kind == "plain"


def test_https_where_http_is_expected(connect, answer_with):
    body = b"Client sent an HTTP request to an HTTPS server.\n"
    url = answer_with(b"HTTP/1.0 400 Bad Request\r\n\r\n" + body)
    assert failure_of(connect(url)).kind == "encrypted"


def test_a_name_that_nobody_knows(connect):
    assert failure_of(connect("http://no-such-host.invalid")).kind == "name"


def test_a_name_that_is_none(connect):
    assert failure_of(connect(f"http://{'x' * 70}.example")).kind == "name"
