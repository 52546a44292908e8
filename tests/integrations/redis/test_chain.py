"""From a file on a machine to Prometheus: real Redis, exporter, Consul, discovery and Prometheus."""

import sys

import pytest
import requests

pytestmark = pytest.mark.integration
VIGIE = [sys.executable, "-m", "vigie"]
CONFIGURATION = """
scrape_configs:
  - job_name: discovered
    scrape_interval: 1s
    file_sd_configs: [{{files: ["{targets}/*.json"]}}]
"""


@pytest.fixture
def prometheus(tmp_path, start_consul, start_program, start_prometheus):
    consul = start_consul(node_name="web-1")
    targets, asked = tmp_path / "targets", tmp_path / "integrations.d"
    asked.mkdir()
    start_program(
        [*VIGIE, "exporter", "--web.listen-address=127.0.0.1:{port}", "--host-name=web-1", "--leave-window=1",
         "--watch-interval=1", f"--consul-url={consul.url}", f"--integrations-files={asked}"],
        "/-/healthy",
    )  # fmt: skip
    output = ["--output", str(targets), "--web.listen-address", "127.0.0.1:{port}"]
    start_program([*VIGIE, "discovery", "--consul-url", consul.url, *output], "/metrics")
    return start_prometheus(CONFIGURATION.format(targets=targets))


def values(prometheus, expression):
    answer = requests.get(f"{prometheus.url}/api/v1/query", params={"query": expression}, timeout=10).json()
    return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]


def test_from_a_file_to_prometheus_and_back(prometheus, start_server, tmp_path, wait_until):
    server = start_server('save ""')
    file = tmp_path / "integrations.d" / "cache.yml"
    file.write_text(f"integration: redis\naddress: 127.0.0.1:{server.port}\nlabels: {{team: shop}}\n")
    up = wait_until(lambda: values(prometheus, 'redis_up{integration="redis"} == 1'), what="the first sample")
    ((labels, _),) = up
    instance = f"web-1/cache:{server.port}"
    assert {name: labels[name] for name in ("job", "instance", "host", "team")} == {
        "job": "app-cache", "instance": instance, "host": "web-1", "team": "shop",
    }  # fmt: skip

    server.process.kill()
    state = f'vigie_integration_state{{instance="{instance}", state="unreachable"}}'
    wait_until(lambda: values(prometheus, state), what="the state of a dead server")
    assert values(prometheus, f'redis_up{{instance="{instance}"}} == 0')
    assert [value for _, value in values(prometheus, "up")] == [1, 1]

    file.unlink()
    wait_until(lambda: len(values(prometheus, "up")) == 1, what="the target's end")
