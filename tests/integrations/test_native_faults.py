"""Seeded faults of software with an endpoint of its own: what Prometheus makes of them, and which alert tells it."""

import socket
import threading

import pytest
import yaml

from tests.fixtures.metrics_page import serving
from tests.integrations import native
from vigie.core.integrations.catalogue import read_catalogue

ALL = read_catalogue().integrations
NATIVE = {name: each.manifest.endpoint for name, each in ALL.items() if each.manifest.endpoint is not None}
GOOD = b"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
FAULTS = {
    "wrong-protocol": [b"-ERR unknown command 'GET'\r\n"],
    "no-metrics": [HEAD + b"Content-Length: 27\r\n\r\n<html>Welcome here</html>\r\n"],
    "hanging": [],
    "hanging-in-the-middle": [HEAD + b"Content-Length: 1000\r\n\r\n" + GOOD],
    "huge": [HEAD + b"\r\n", *[b"# " + b"x" * 65533 + b"\n"] * 300],
    "refusing": [b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"],
}


@pytest.fixture
def start_stand_in():
    """Return `start_stand_in(parts)`: the port of a server that sends `parts` to each request, or stays silent."""
    listeners = []

    def serve(client, parts):
        try:
            with client:
                client.recv(65536)
                for part in parts:
                    client.sendall(part)
                if not parts or parts is FAULTS["hanging-in-the-middle"]:
                    client.recv(65536)
        except OSError:
            pass

    def accept(listener, parts):
        try:
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client, parts), daemon=True).start()
        except OSError:
            pass

    def start_stand_in(parts):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=accept, args=(listener, parts), daemon=True).start()
        return listener.getsockname()[1]

    yield start_stand_in
    for listener in listeners:
        listener.close()


@pytest.mark.integration
@pytest.mark.parametrize("name", NATIVE)
def test_each_fault_is_down_and_the_healthy_one_is_not(name, start_stand_in, start_prometheus, free_port, wait_until):
    ports = {fault: start_stand_in(parts) for fault, parts in FAULTS.items()} | {"dead": free_port()}
    title = next(iter(down_alerts(name)))
    with serving(lambda _: (200, GOOD)) as healthy:
        configuration = native.configure(name, {**ports, "healthy": healthy}, NATIVE[name].path)
        prometheus = start_prometheus(configuration, files={"rules.yml": native.impatient_rules(name)})
        expected = {(title, fault) for fault in ports}
        wait_until(lambda: native.find_firing(prometheus) == expected, what=f"{title} of each fault")
        assert native.query(prometheus, 'up{instance="web-1/healthy"} == 1')


def down_alerts(name):
    """Return the alerts of an integration that tell of a scrape that fails."""
    rules = yaml.safe_load((ALL[name].folder / "rules.yml").read_text())
    return [rule["alert"] for group in rules["groups"] for rule in group["rules"] if "(up{" in str(rule["expr"])]


@pytest.mark.parametrize("name", NATIVE)
def test_one_alert_tells_that_it_is_down(name):
    (alert,) = down_alerts(name)
    assert alert.endswith("Down")
