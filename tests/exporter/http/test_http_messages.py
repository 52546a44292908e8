import gzip

import pytest

from exporter.http.http_messages import BadRequestError, Response, accepts_gzip, format_response, parse_request


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1", 405),
        (b"POST / HTTP/1.1\r\nContent-Length: 5", 405),
        (b"get / HTTP/1.1", 405),
        (b"GET /", 400),
        (b"GET / SPDY/3", 400),
        (b"GET  / HTTP/1.1", 400),
        (b"", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET / HTTP/1.1\r\nno colon", 400),
        (b"GET / HTTP/1.1\r\n name: space", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: five", 400),
        (b"GET http://[ HTTP/1.1", 400),
        (b"GET /?" + b"&a=b" * 2000 + b" HTTP/1.1", 400),
    ],
)
def test_what_is_not_a_plain_get_is_refused(head, status):
    with pytest.raises(BadRequestError) as caught:
        parse_request(head)
    assert caught.value.status == status


def test_a_refused_method_is_told_which_are_allowed():
    with pytest.raises(BadRequestError) as caught:
        parse_request(b"DELETE / HTTP/1.1")
    assert b"\r\nAllow: GET, HEAD\r\n" in format_response(None, caught.value.response(), keeps=False)


def test_path_and_query():
    request = parse_request(b"GET http://host:1/a%20b?collect[]=x&collect[]=y HTTP/1.1\r\nX-One:  two ")
    assert (request.path, request.query) == ("/a%20b", {"collect[]": ["x", "y"]})
    assert request.headers == {"x-one": "two"}


@pytest.mark.parametrize(
    ("lines", "keeps"),
    [
        (b"HTTP/1.1", True),
        (b"HTTP/1.0", False),
        (b"HTTP/1.1\r\nConnection: close, TE", False),
        (b"HTTP/1.1\r\nConnection: Close", False),
        (b"HTTP/1.0\r\nConnection: keep-alive", True),
    ],
)
def test_whether_the_connection_is_kept(lines, keeps):
    assert parse_request(b"GET / " + lines).keeps is keeps


@pytest.mark.parametrize(
    ("header", "expected"),
    [("gzip", True), ("deflate, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("", False), ("br", False)],
)
def test_accepts_gzip(header, expected):
    assert accepts_gzip(parse_request(b"GET / HTTP/1.1\r\nAccept-Encoding: " + header.encode())) is expected


def test_format_response():
    request = parse_request(b"GET / HTTP/1.1\r\nAccept-Encoding: gzip")
    small = format_response(request, Response(200, b"ok\n"), keeps=True)
    assert small == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
        b"Connection: keep-alive\r\n\r\nok\n"
    )
    head, _, body = format_response(request, Response(200, b"x" * 2000), keeps=True).partition(b"\r\n\r\n")
    assert gzip.decompress(body) == b"x" * 2000
    assert b"\r\nContent-Length: %d\r\n" % len(body) in head
    assert format_response(None, Response(200, b"x" * 2000), keeps=False).endswith(b"x" * 2000)


def test_a_line_feed_alone_ends_a_line():
    request = parse_request(b"GET /metrics HTTP/1.1\nHost: x\nConnection: close")
    assert (request.path, request.headers["host"], request.keeps) == ("/metrics", "x", False)


@pytest.mark.parametrize("header", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_a_body_is_noticed(header):
    assert parse_request(b"GET / HTTP/1.1\r\n" + header).has_body
    assert not parse_request(b"GET / HTTP/1.1\r\nContent-Length: 0").has_body


def test_two_slashes_begin_a_path_and_an_empty_value_is_one():
    assert parse_request(b"GET //metrics?collect[]=#x HTTP/1.1")[1:3] == ("//metrics", {"collect[]": [""]})
