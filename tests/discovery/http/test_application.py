"""The HTTP server behind a `web.config.file`: TLS, client certificates, users, headers, read again when it changes."""

import threading
from pathlib import Path

import bcrypt
import pytest
import requests

from discovery.guard.snapshot import Snapshot
from discovery.http.application import make_application, make_server
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.web_config.gate import Gate

TLS = Path(__file__).parents[2] / "fixtures" / "tls"


@pytest.fixture
def serve(tmp_path):
    """Return `serve(web_config)`: the base URL of a server behind it (None: behind none)."""
    running = []

    def serve(text=None):
        gate = None
        if text is not None:
            (tmp_path / "web.yml").write_text(text)
            gate = Gate(tmp_path / "web.yml")
        server = make_server("127.0.0.1:0", make_application(lambda: Snapshot(()), lambda: b"page"), gate)
        thread = threading.Thread(target=server.serve)
        thread.start()
        running.append((server, thread))
        return f"{'https' if gate and gate.is_tls else 'http'}://127.0.0.1:{server.bind_addr[1]}"

    yield serve
    for server, thread in running:
        server.stop()
        thread.join(20)


def get(url, **more):
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url + "/metrics", timeout=20, **more)
        return answer.status_code, answer.headers


def test_without_a_file_everybody_may_read(serve):
    assert get(serve())[0] == 200


def test_users_and_headers(serve, users):
    url = serve(users + "http_server_config: {headers: {X-Frame-Options: deny}}\n")
    status, headers = get(url)
    assert (status, headers["WWW-Authenticate"], headers["X-Frame-Options"]) == (401, "Basic", "deny")
    assert get(url, auth=("anna", "wrong"))[0] == 401
    assert get(url, auth=("anna", "secret"))[0] == 200


@pytest.fixture
def users():
    return f"basic_auth_users: {{anna: {bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}}}\n"


def test_tls_and_client_certificates(serve):
    files = f"cert_file: {TLS}/server.pem, key_file: {TLS}/server-key.pem"
    client = f"client_auth_type: RequireAndVerifyClientCert, client_ca_file: {TLS}/authority.pem"
    own = (f"{TLS}/client.pem", f"{TLS}/client-key.pem")
    url = serve(f"tls_server_config: {{{files}, {client}}}\n")
    assert get(url, verify=f"{TLS}/authority.pem", cert=own)[0] == 200
    with pytest.raises(requests.ConnectionError):
        get(url, verify=f"{TLS}/authority.pem")
    with pytest.raises(requests.ConnectionError):
        get(url.replace("https", "http"))
    assert get(url, verify=f"{TLS}/authority.pem", cert=own)[0] == 200


@pytest.mark.parametrize("address", ["9110", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"])
def test_a_bad_address_is_named(address):
    with pytest.raises(UsageProblemError, match="expected HOST:PORT"):
        make_server(address, make_application(lambda: Snapshot(()), lambda: b""))


# cheroot leaves the socket that it could not bind to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_taken_address_is_named(serve):
    taken = serve().removeprefix("http://")
    with pytest.raises(ProblemError, match=f"can't listen on {taken}"):
        make_server(taken, make_application(lambda: Snapshot(()), lambda: b""))
