"""The life of the whole program `vigie exporter`, with a real Consul agent."""

import signal
import sys
import time

import pytest
import requests

from exporter.registration.record import SERVICE

pytestmark = pytest.mark.integration
HOST = "web-1"


@pytest.fixture
def consul(start_consul):
    return start_consul(node_name=HOST)


@pytest.fixture
def start_exporter(start_program):
    def start_exporter(consul_url, *flags):
        command = [sys.executable, "-m", "vigie", "exporter", f"--host-name={HOST}", f"--consul-url={consul_url}"]
        timing = ["--watch-interval=1", "--retry-backoff=1", "--leave-window=1"]
        listen = "--web.listen-address=127.0.0.1:{port}"
        return start_program([*command, listen, *timing, *flags], "/-/healthy")

    return start_exporter


def services(consul):
    answer = requests.get(f"{consul.url}/v1/health/service/{SERVICE}", timeout=10)
    return answer.json() if answer.ok else []


def metrics(exporter):
    return requests.get(f"{exporter.url}/metrics", timeout=10).text


def is_registered(exporter):
    return 'vigie_registration_state{state="registered"} 1' in metrics(exporter)


def test_term_leaves_announced_and_in_time(consul, start_exporter, wait_until):
    exporter = start_exporter(consul.url)
    wait_until(lambda: is_registered(exporter))
    began = time.monotonic()
    exporter.signal(signal.SIGTERM)
    wait_until(lambda: "vigie: leaving" in [check["Notes"] for check in services(consul)[0]["Checks"]])
    assert requests.get(f"{exporter.url}/-/ready", timeout=10).status_code == 503
    assert "node_load1 " in metrics(exporter)
    assert exporter.process.wait(20) == 0
    assert time.monotonic() - began < 10
    assert services(consul) == []


def test_term_with_a_frozen_agent_ends_in_time(consul, start_exporter, wait_until):
    exporter = start_exporter(consul.url)
    wait_until(lambda: is_registered(exporter))
    consul.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        exporter.signal(signal.SIGTERM)
        assert exporter.process.wait(20) == 0
        assert time.monotonic() - began < 10
    finally:
        consul.signal(signal.SIGCONT)
    assert "leaving without having deregistered" in exporter.log_text()


def test_second_term_ends_at_once(consul, start_exporter, wait_until):
    exporter = start_exporter(consul.url, "--leave-window=60")
    wait_until(lambda: is_registered(exporter))
    exporter.signal(signal.SIGTERM)
    wait_until(lambda: requests.get(f"{exporter.url}/-/ready", timeout=10).status_code == 503)
    exporter.signal(signal.SIGTERM)
    assert exporter.process.wait(20) == -signal.SIGTERM


def test_killed_exporter_comes_back_at_another_port(consul, start_exporter, wait_until):
    first = start_exporter(consul.url)
    wait_until(lambda: is_registered(first))
    first.stop(signal.SIGKILL)
    second = start_exporter(consul.url)
    wait_until(lambda: [instance["Service"]["Port"] for instance in services(consul)] == [second.port])


def test_metrics_are_served_while_the_agent_is_away(start_consul, start_exporter, free_port, wait_until):
    port = free_port()
    exporter = start_exporter(f"http://127.0.0.1:{port}")
    assert 'vigie_registration_state{state="failed"} 1' in metrics(exporter)
    assert "node_load1 " in metrics(exporter)
    start_consul(port=port, node_name=HOST)
    wait_until(lambda: is_registered(exporter))
