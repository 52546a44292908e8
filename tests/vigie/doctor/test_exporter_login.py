"""To whom the login for exporters is sent."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from vigie.doctor.reading import exporter
from vigie.doctor.settings import ExporterCredentials

KEYS = Path(__file__).parents[2] / "fixtures" / "tls"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.logins.append(self.headers["Authorization"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"up 1\n")

    def log_message(self, *_):
        pass


@pytest.fixture(params=["http", "https"])
def server(request):
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.logins, server.scheme = [], request.param
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(KEYS / "server.pem", KEYS / "server-key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(20)


def test_the_login_goes_only_to_who_shows_a_certificate(server, tmp_path):
    (tmp_path / "password").write_text("secret")
    credentials = ExporterCredentials(
        user="prometheus", password_file=tmp_path / "password", ca_file=KEYS / "authority.pem"
    )
    page = exporter.read(f"{server.scheme}://127.0.0.1:{server.server_address[1]}/metrics", 5, credentials)
    assert page.text == b"up 1\n"
    assert [bool(login) for login in server.logins] == [server.scheme == "https"]
