"""A running server, and clients that are closed in the end."""

import http.client

import pytest

from exporter.http.http_server import HttpServer


@pytest.fixture
def serve():
    servers = []

    def serve(handler, **options):
        server = HttpServer([("127.0.0.1", 0)], **options)
        servers.append(server)
        server.start(handler)
        return server.addresses[0]

    yield serve
    for server in servers:
        server.close()


@pytest.fixture
def client():
    opened = []

    def client(address):
        connection = http.client.HTTPConnection(*address, timeout=10)
        opened.append(connection)
        return connection

    yield client
    for connection in opened:
        connection.close()
