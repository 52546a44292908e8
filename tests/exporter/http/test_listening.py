"""Where the server listens, and what odd clients get."""

import socket

import pytest

from exporter.http.http_messages import Response
from exporter.http.http_server import HttpServer, plain_address


def listening(host):
    server = HttpServer([(host, 0)])
    server.start(lambda request: Response(200, request.path.encode()))
    return server, server.addresses[0][1]


def ask(host, port, request):
    with socket.create_connection((host, port), timeout=5) as client:
        client.sendall(request)
        answer = b""
        while more := client.recv(65536):
            answer += more
        return answer


@pytest.mark.parametrize("host", ["", "::", "0:0:0:0:0:0:0:0"])
def test_all_addresses_are_those_of_both_kinds(host):
    server, port = listening(host)
    for address in ("127.0.0.1", "::1"):
        assert ask(address, port, b"GET /x HTTP/1.0\r\n\r\n").endswith(b"/x")
    server.close()


def test_a_mapped_address_is_the_one_that_it_is_mapped_from():
    server, port = listening("::ffff:127.0.0.1")
    assert ask("127.0.0.1", port, b"GET /x HTTP/1.0\r\n\r\n").endswith(b"/x")
    server.close()
    assert plain_address("0.0.0.0") == "0.0.0.0"
    assert plain_address("localhost") == "localhost"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /x HTTP/1.1\nConnection: close\n\n",
        b"GET /x HTTP/1.1\r\nConnection: close\n\r\n",
        b"GET /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_odd_heads_and_bodies_are_answered(request_bytes):
    server, port = listening("127.0.0.1")
    answer = ask("127.0.0.1", port, request_bytes)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"/x")
    server.close()
