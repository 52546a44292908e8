"""Where the server listens, and what odd clients get."""

import socket

import pytest

from exporter.assembly import choose_advertised, parse_address
from exporter.http.http_messages import Response
from exporter.http.http_server import VSOCK, HttpServer, plain_address
from vigie.core.errors import UsageProblemError


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


def test_a_virtual_machines_socket_is_listened_on():
    """Whether somebody can connect is the hypervisor's business: here only that the kernel listens is seen."""
    try:
        server = HttpServer([(VSOCK, 19_100), ("127.0.0.1", 0)])
    except OSError as error:
        pytest.skip(f"no vsock here: {error}")
    assert server.addresses[0] == (VSOCK, 19_100)
    with pytest.raises(OSError, match="vsock://:19100: Address already in use"):
        HttpServer([(VSOCK, 19_100)])
    assert choose_advertised(server.addresses, registers=True) == server.addresses[1]
    server.close()


def test_a_listener_that_is_not_tcp_is_answered(tmp_path):
    """A unix socket stands in for one of a virtual machine."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        server = HttpServer([], inherited=[listener])
        server.start(lambda request: Response(200, request.path.encode()))
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(tmp_path / "socket"))
            client.sendall(b"GET /x HTTP/1.0\r\n\r\n")
            answer = b""
            while more := client.recv(65536):
                answer += more
        server.close()
    assert answer.endswith(b"/x")


def test_where_to_listen_as_exporter_toolkit_writes_it():
    assert parse_address("vsock://:9100") == (VSOCK, 9100)
    assert parse_address("vsock://:4294967294") == (VSOCK, 4294967294)
    assert parse_address("[::1]:9100") == ("::1", 9100)
    for text in ("vsock://9100", "vsock://:", "vsock://:4294967295", ":65536", "9100"):
        with pytest.raises(UsageProblemError, match="expected HOST:PORT, :PORT or vsock://:PORT"):
            parse_address(text)
    with pytest.raises(UsageProblemError, match="or --no-register"):
        choose_advertised([(VSOCK, 9100)], registers=True)
    assert choose_advertised([(VSOCK, 9100)], registers=False) == (VSOCK, 9100)
