"""From a container's label to Prometheus's first sample: a real container daemon, Consul, discovery, Prometheus."""

import os
import signal
import time
from pathlib import Path

import pytest
import requests

from tests.fixtures.docker import daemon as docker
from tests.fixtures.docker.stack import HOST, SERVE, Stack

pytestmark = [pytest.mark.integration, pytest.mark.root]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with docker.running(tmp_path_factory.mktemp("docker")) as daemon:  # a short path: it holds sockets
        yield daemon


@pytest.fixture
def stack(daemon, tmp_path, start_consul, start_program, start_prometheus):
    stack = Stack(daemon, tmp_path, start_consul, start_program, start_prometheus)
    yield stack
    stack.exporter.stop()
    stack.pool.shutdown()
    for left in daemon.call("GET", "/containers/json?all=1"):
        daemon.remove(left["Id"])


def published(port):
    return {"PortBindings": {"8080/tcp": [{"HostPort": str(port)}]}, "exposed": {"8080/tcp": {}}}


def test_from_a_label_to_the_first_sample_and_to_the_end(stack, wait_until):
    stack.run(
        "shop", labels={"vigie.job": "web", "vigie.label.team": "core", "vigie.probe": "http"}, **published(18080)
    )
    stack.run("bridged", "echo 1 > /tmp/x; " + SERVE)
    stack.run("hosted", SERVE.replace("8080", "8081"), {"vigie.port": "8081"}, NetworkMode="host")
    stack.run("silent", labels={"vigie.port": "nonsense"})
    expected = {"web-1/shop:8080": 3.0, "web-1/bridged:8080": 3.0, "web-1/hosted:8081": 3.0}
    wait_until(lambda: stack.query("app_requests_total") == expected, 60, "the first samples")
    assert stack.query(f'app_requests_total{{job="app-web",host="{HOST}",dc="dc1",team="core"}}') == {
        "web-1/shop:8080": 3.0
    }
    addresses = stack.json(f"{stack.consul.url}/v1/agent/services")
    registered = {
        key: (service["Address"], service["Port"]) for key, service in addresses.items() if key.startswith("vigie:")
    }
    assert registered["vigie:web-1:shop:8080"] == ("127.0.0.1", 18080)
    assert registered["vigie:web-1:bridged:8080"][0].startswith("172.31.77.")
    assert '"http://127.0.0.1:18080/"' in (stack.targets / "probe-http.json").read_text()
    page = stack.inside(requests.get, f"{stack.exporter.url}/metrics", timeout=10).text
    assert 'vigie_autodiscovery_endpoints{state="registered"} 3' in page
    assert 'vigie_autodiscovery_refused{reason="port"} 1' in page


def test_crash_can_page_and_removal_is_at_once(stack, wait_until):
    crashing = stack.run("crashing")
    removed = stack.run("removed")
    in_background = SERVE.replace("exec httpd -f", "httpd")
    ending = stack.run("ending", in_background + "; while [ ! -e /tmp/end ]; do sleep 1; done")
    up = 'up{job=~"app-.*"}'
    every = {f"web-1/{name}:8080" for name in ("crashing", "removed", "ending")}
    wait_until(lambda: every <= {series for series, value in stack.query(up).items() if value == 1.0}, 60, "up")
    os.kill(stack.daemon.inspect(crashing)["State"]["Pid"], signal.SIGKILL)
    stack.daemon.remove(removed)
    # Its loop ends, and it with exit code 0.
    Path(f"/proc/{stack.daemon.inspect(ending)['State']['Pid']}/root/tmp/end").touch()
    crashed_at = time.monotonic()
    wait_until(lambda: stack.services() & {"vigie:web-1:removed:8080", "vigie:web-1:ending:8080"} == set(), 15)
    wait_until(lambda: stack.query(up).get("web-1/crashing:8080") == 0.0, 15, "the crash in Prometheus")
    assert "vigie:web-1:crashing:8080" in stack.services()
    wait_until(lambda: "vigie:web-1:crashing:8080" not in stack.services(), 90, "the end of the crash's time")
    assert time.monotonic() - crashed_at >= 20
    # Nothing is kept as lost: they have all announced their leaving.
    wait_until(lambda: [path.read_text() for path in stack.targets.glob("app-*.json")] == ["[]\n"] * 3, 30)


def test_leaving_host_takes_its_applications_with_it(stack, wait_until):
    stack.run("web")
    wait_until(lambda: stack.query("app_requests_total"), 60, "the first sample")
    began = time.monotonic()
    stack.exporter.signal(signal.SIGTERM)
    wait_until(lambda: "vigie: leaving" in str(stack.json(f"{stack.consul.url}/v1/health/service/app-web")), 10)
    assert stack.exporter.process.wait(20) == 0
    assert time.monotonic() - began < 10
    assert stack.services() == set()
