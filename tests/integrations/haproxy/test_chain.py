"""From a file, a Consul service and a container's label to the first sample of a real HAProxy in Prometheus."""

import sys

import pytest
import requests

from tests.fixtures.docker import daemon as docker
from tests.fixtures.docker.stack import Stack
from tests.integrations.haproxy.conftest import read_page
from tests.integrations.native import query

pytestmark = pytest.mark.integration
VIGIE = [sys.executable, "-m", "vigie"]
CONFIGURATION = """
scrape_configs:
  - job_name: discovered
    scrape_interval: 1s
    file_sd_configs: [{{files: ["{targets}/app-*.json", "{targets}/edge*.json"]}}]
"""
UP = 'haproxy_process_build_info{integration="haproxy"}'


@pytest.fixture
def consul(start_consul):
    return start_consul(node_name="web-1")


@pytest.fixture
def prometheus(tmp_path, consul, start_program, start_prometheus):
    targets, asked = tmp_path / "targets", tmp_path / "integrations.d"
    asked.mkdir()
    start_program(
        [*VIGIE, "exporter", "--web.listen-address=127.0.0.1:{port}", "--host-name=web-1", "--leave-window=1",
         "--watch-interval=1", f"--consul-url={consul.url}", f"--integrations-files={asked}", "--autodiscovery-local"],
        "/-/healthy",
    )  # fmt: skip
    output = ["--output", str(targets), "--web.listen-address", "127.0.0.1:{port}"]
    start_program([*VIGIE, "discovery", "--consul-url", consul.url, *output], "/metrics")
    return start_prometheus(CONFIGURATION.format(targets=targets))


def labels_of(prometheus, expression):
    names = ("job", "instance", "host", "team")
    return [tuple(labels.get(name, "") for name in names) for labels, _ in query(prometheus, expression)]


def test_from_a_file_to_prometheus_and_back(prometheus, start_haproxy, tmp_path, wait_until):
    server = start_haproxy()
    file = tmp_path / "integrations.d" / "edge.yml"
    file.write_text(f"integration: haproxy\naddress: 127.0.0.1:{server.port}\nlabels: {{team: shop}}\n")
    instance = f"web-1/edge:{server.port}"
    expected = [("app-edge", instance, "web-1", "shop")]
    wait_until(lambda: labels_of(prometheus, UP) == expected, what="the first sample")
    server.stop()
    wait_until(lambda: labels_of(prometheus, 'up{integration="haproxy"} == 0') == expected, what="its end")
    file.unlink()
    wait_until(lambda: not labels_of(prometheus, 'up{integration="haproxy"}'), what="the target's end")


def test_from_a_consul_service_to_prometheus(prometheus, consul, start_haproxy, wait_until):
    server = start_haproxy()
    service = {"Name": "edge-haproxy", "Address": "127.0.0.1", "Port": server.port, "Tags": ["prometheus"]}
    service |= {"Meta": {"integration": "haproxy", "label_team": "core"}}
    requests.put(f"{consul.url}/v1/agent/service/register", json=service, timeout=10).raise_for_status()
    expected = [("edge-haproxy", f"127.0.0.1:{server.port}", "web-1", "core")]
    wait_until(lambda: labels_of(prometheus, UP) == expected, what="the first sample")


@pytest.mark.root
def test_from_a_label_to_prometheus(tmp_path, tmp_path_factory, start_consul, start_program, start_prometheus,
                                    start_haproxy, wait_until):  # fmt: skip
    """The container serves what a real HAProxy told; the other one's port is none that answers."""
    page = tmp_path / "metrics"
    page.write_text(read_page(start_haproxy()))
    with docker.running(tmp_path_factory.mktemp("docker")) as daemon:
        stack = Stack(daemon, tmp_path, start_consul, start_program, start_prometheus)
        for name, labels in (("edge", "haproxy"), ("other", "haproxy:9999")):
            command = ["httpd", "-f", "-p", "8405", "-h", "/www"]
            daemon.start(name, command, labels={"vigie.integration": labels}, Binds=[f"{page}:/www/metrics:ro"])
        wait_until(lambda: stack.query(UP) == {"web-1/edge:8405": 1.0}, what="the first sample")
        up = {"web-1/edge:8405": 1.0, "web-1/other:9999": 0.0}
        wait_until(lambda: stack.query('up{integration="haproxy"}') == up, what="both targets")
        stack.exporter.stop()
        stack.pool.shutdown()
