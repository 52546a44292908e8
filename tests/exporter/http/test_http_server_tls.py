"""The server behind a gate, over real TLS: certificates, users, and clients that mean harm."""

import base64
import shutil
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from exporter.assembly import OPEN_PATHS
from exporter.http import http_connections
from exporter.http.http_messages import Response
from exporter.http.http_server import HttpServer
from vigie.core.web_config.gate import Gate

KEYS = Path(__file__).parents[2] / "fixtures" / "tls"
SECRET = "$2b$04$ysq/elwDv1nQi9scmvqFG.dFpAKklEmmd3QF92deL9ygvL.JxVgou"
TLS = "tls_server_config: {cert_file: server.pem, key_file: server-key.pem"
MUTUAL = f"{TLS}, client_ca_file: authority.pem, client_auth_type: RequireAndVerifyClientCert"
HEALTHY = "/-/healthy"


@pytest.fixture
def serve(tmp_path):
    """Return `serve(text, handler=…, …)`: a server with `text` as its web configuration, and the file's folder."""
    servers = []
    for path in KEYS.glob("*.pem"):
        shutil.copy(path, tmp_path)

    def serve(text, handler=lambda request: Response(200, request.path.encode()), **options):
        (tmp_path / "web.yml").write_text(text)
        server = HttpServer([("127.0.0.1", 0)], gate=Gate(tmp_path / "web.yml", OPEN_PATHS), **options)
        servers.append(server)
        server.start(handler)
        return server.addresses[0]

    yield serve
    for server in servers:
        server.close()


def trusting(certificate=None):
    context = ssl.create_default_context(cafile=KEYS / "authority.pem")
    if certificate is not None:
        context.load_cert_chain(KEYS / f"{certificate}.pem", KEYS / f"{certificate}-key.pem")
    return context


def open_tls(address, certificate=None):
    raw = socket.create_connection(address, 10)
    try:
        return trusting(certificate).wrap_socket(raw, server_hostname="localhost")
    except OSError:
        raw.close()
        raise


def status(connection, path="/metrics", user=None):
    """Return the status of a request on an open connection."""
    authorization = f"Authorization: Basic {base64.b64encode(user.encode()).decode()}\r\n" if user else ""
    connection.sendall(f"GET {path} HTTP/1.1\r\n{authorization}\r\n".encode())
    return int(connection.recv(4096).split(b" ")[1])


def ask(address, path="/metrics", certificate=None, user=None):
    with open_tls(address, certificate) as connection:
        return status(connection, path, user)


def test_tls_keeps_the_connection(serve):
    with open_tls(serve(TLS + "}")) as connection:
        assert connection.version() == "TLSv1.3"
        assert [status(connection), status(connection)] == [200, 200]


def test_a_large_answer_comes_whole(serve):
    with (
        open_tls(serve(TLS + "}", lambda _: Response(200, b"x" * 3_000_000))) as connection,
        connection.makefile("rb") as answer,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert len(answer.read().partition(b"\r\n\r\n")[2]) == 3_000_000


def test_plain_http_on_the_tls_port_is_a_400(serve):
    with socket.create_connection(serve(TLS + "}"), 10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"HTTP request to an HTTPS server" in answer


def test_versions_below_the_minimum_are_refused(serve):
    address = serve(f"{TLS}, min_version: TLS13}}")
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(address, 10) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="localhost")
    assert ask(address) == 200


def test_a_client_certificate_is_required_but_for_the_check_of_consul(serve):
    address = serve(MUTUAL + "}")
    assert ask(address, certificate="client") == 200
    assert ask(address) == 403
    assert ask(address, HEALTHY) == 200
    with pytest.raises(OSError):  # noqa: PT011 - an alert, or the end, by TLS's version and chance
        ask(address, HEALTHY, certificate="foreign")


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ("prometheus.example", 200),
        ("'fd00::1'", 200),
        ("prometheus@example.org", 200),
        ("'spiffe://example/prometheus'", 200),
        ("other.example", 403),
    ],
)
def test_allowed_alternative_names(serve, allowed, expected):
    assert ask(serve(f"{MUTUAL}, client_allowed_sans: [{allowed}]}}"), certificate="client") == expected


def test_a_certificate_that_may_be_given_is_verified_when_it_is(serve):
    address = serve(MUTUAL.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven") + "}")
    assert ask(address) == 200
    assert ask(address, certificate="client") == 200
    with pytest.raises(OSError):  # noqa: PT011 - as above
        ask(address, certificate="foreign")


def test_a_renewed_certificate_is_served_to_the_next_connection(serve, tmp_path):
    address = serve(TLS + "}")
    with open_tls(address) as before:
        for name in ("", "-key"):
            shutil.copy(KEYS / f"renewed{name}.pem", tmp_path / f"server{name}.pem")
        with open_tls(address) as after:
            assert dict(rdn[0] for rdn in before.getpeercert()["subject"])["commonName"] == "vigie test server"
            assert dict(rdn[0] for rdn in after.getpeercert()["subject"])["commonName"] == "vigie test renewed"
            assert [status(before), status(after)] == [200, 200]


def test_another_authority_holds_for_the_next_connection(serve, tmp_path):
    address = serve(MUTUAL + "}")
    assert ask(address, certificate="client") == 200
    shutil.copy(KEYS / "stranger.pem", tmp_path / "authority.pem")
    assert ask(address, certificate="foreign") == 200
    with pytest.raises(OSError):  # noqa: PT011 - as above
        ask(address, certificate="client")


def test_users_without_tls(serve):
    with socket.create_connection(serve(f"basic_auth_users: {{alice: {SECRET}}}"), 10) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        answer = connection.recv(1000)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"\r\nWWW-Authenticate: Basic\r\n" in answer
        assert [status(connection, HEALTHY), status(connection, "/")] == [200, 401]
        assert [status(connection, user="alice:secret"), status(connection, user="alice:wrong")] == [200, 401]


def test_users_and_certificates_together(serve):
    address = serve(f"{MUTUAL}}}\nbasic_auth_users: {{alice: {SECRET}}}")
    assert ask(address, certificate="client", user="alice:secret") == 200
    assert ask(address, certificate="client") == 401
    assert ask(address, user="alice:secret") == 403


def test_a_broken_version_changes_nothing(serve, tmp_path):
    address = serve(TLS + "}")
    (tmp_path / "web.yml").write_text("tls_server_config: {cert_file: away.pem}")
    (tmp_path / "server.pem").write_text("-----BEGIN CERTIFICATE-----")
    assert ask(address) == 200


def test_headers_of_the_configuration_and_the_pages_own(serve):
    text = "http_server_config: {headers: {X-Frame-Options: deny, Content-Security-Policy: a}}"
    own = (("Content-Security-Policy", "b"),)
    address = serve(text, lambda _: Response(200, b"ok", headers=own))
    with socket.create_connection(address, 10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        answer = connection.recv(1000)
    assert b"\r\nX-Frame-Options: deny\r\n" in answer
    assert answer.count(b"Content-Security-Policy") == 1
    assert b"\r\nContent-Security-Policy: b\r\n" in answer


@pytest.mark.parametrize("begin", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
def test_a_handshake_that_does_not_go_on_is_cut_off(serve, monkeypatch, begin):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 0.3)
    with socket.create_connection(serve(TLS + "}"), 10) as connection:
        connection.sendall(begin)
        with suppress(ConnectionError):
            while connection.recv(1000):  # an alert may come first
                pass


def test_who_does_not_take_the_answer_is_cut_off(serve, monkeypatch, wait_until):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 0.5)
    with open_tls(serve(TLS + "}", lambda _: Response(200, b"x" * 50_000_000))) as deaf:
        deaf.sendall(b"GET / HTTP/1.1\r\n\r\n")

        def is_cut_off():
            with suppress(OSError):
                deaf.recv(1)
            return not any(thread.name == "connection" for thread in threading.enumerate())

        wait_until(is_cut_off, 20)


def test_handshakes_that_hang_cost_the_next_scrape_nothing(serve, monkeypatch):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 60.0)
    address = serve(TLS + "}", max_connections=4)
    with ExitStack() as stack:
        for number in range(12):
            connection = stack.enter_context(socket.create_connection(address, 10))
            connection.sendall((b"", b"\x16\x03\x01")[number % 2])
        assert ask(address) == 200


def test_hostile_openings_leak_neither_threads_nor_descriptors(serve, wait_until):
    address = serve(MUTUAL + "}", max_connections=8)

    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    def is_quiet():
        return not any(thread.name == "connection" for thread in threading.enumerate())

    ask(address, HEALTHY)
    wait_until(is_quiet, 10)
    before = descriptors()
    for number in range(60):
        with suppress(OSError):
            if number % 4 == 0:
                ask(address, certificate=("client", "foreign", None)[number % 3])
                continue
            with socket.create_connection(address, 10) as connection:
                connection.sendall((b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100)[number % 4])
    wait_until(lambda: is_quiet() and descriptors() == before, 20)
    assert ask(address, certificate="client") == 200
