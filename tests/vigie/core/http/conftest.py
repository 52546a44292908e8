"""Clients of servers that fail in one way or another."""

import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vigie.core.http.client import HttpClient, patient_for
from vigie.core.settings import PrometheusAccess

ANSWERS = {
    "/good": (200, b'{"data": 1}'),
    "/gone": (503, b"starting"),
    "/wrong": (400, b"a parse error\n"),
    "/odd": (200, b"<html>"),
    "/large": (200, b"x" * 200_000),
    "/elsewhere": (302, b""),
    "/api/v1/query": (200, b'{"data": {"result": [{"metric": {"a": "b"}, "value": [1, "NaN"]}]}}'),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.command, self.path))
        self.server.headers.append(dict(self.headers))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def do_DELETE(self):
        self.do_GET()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Say nothing of clients whose certificate is refused."""


@pytest.fixture
def listen():
    """Return `listen(context=None)`: a server, which keeps what it was sent, and its URL."""
    running = []

    def listen(context=None):
        server = Server(("", 0), Handler)
        server.requests, server.headers = [], []
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        running.append((server, thread))
        return server, f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"

    yield listen
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(20)


@pytest.fixture
def connect():
    """Return `connect(*urls, seconds=5, **settings)`: a client of Prometheus, which is closed in the end."""
    clients = []

    def connect(*urls, seconds=5, max_bytes=100_000, **settings):
        access = PrometheusAccess(url=urls, **settings)
        clients.append(HttpClient(access, patient_for(seconds), max_bytes=max_bytes))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def listener():
    """Return a socket that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def answer_with(listener):
    """Return `answer_with(*pieces, pause_seconds=0)`: the URL of who answers one connection with these bytes."""

    def answer_with(*pieces, pause_seconds=0.0):
        def run():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return
                    time.sleep(pause_seconds)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    return answer_with


@pytest.fixture
def server_context():
    """Return `server_context(certificate, client_ca=None)`: TLS with one of the test keys."""

    def server_context(folder, name="server", client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}-key.pem")
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(folder / f"{client_ca}.pem")
        return context

    return server_context
