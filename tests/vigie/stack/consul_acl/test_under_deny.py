"""The chain under default deny with encrypted gossip, each part with its own token: exporter, Consul, Prometheus."""

import json
import re
import signal
import sys

import pytest
import requests
from click.testing import CliRunner

from vigie.stack.consul_acl.command import consul_acl

pytestmark = pytest.mark.integration
VIGIE = [sys.executable, "-m", "vigie"]
HOST = "machine-1"
PROMETHEUS = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: hosts
    file_sd_configs: [{{files: ["{targets}/node.json"], refresh_interval: 1s}}]
  - job_name: consul
    metrics_path: /v1/agent/metrics
    params: {{format: [prometheus]}}
    authorization: {{credentials_file: "{secrets}/token-prometheus"}}
    static_configs: [{{targets: ["{consul}"]}}]
"""


def run(*arguments):
    result = CliRunner().invoke(consul_acl, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture
def cluster(start_consul, tmp_path):
    """A server, and the client agent of one machine, each with what `vigie consul-acl` made for it."""
    secrets = tmp_path / "secrets"
    run("init", secrets)
    configuration = json.loads((secrets / "consul-server.json").read_text())
    deny = {"enabled": True, "default_policy": "deny"}
    server = start_consul(encrypt=configuration["encrypt"], acl={**deny, **configuration["acl"]}, node_name="consul-1")
    run("apply", secrets, "--host", HOST, "--consul-url", server.url)

    own = json.loads((secrets / "hosts" / HOST / "consul-agent.json").read_text())
    joining = {"bootstrap_expect": 0, "server": False, "retry_join": [f"127.0.0.1:{server.serf_port}"]}
    agent = start_consul(encrypt=own["encrypt"], acl={**deny, **own["acl"]}, node_name=HOST, **joining)
    return server, agent, secrets


def test_a_host_is_scraped_under_default_deny(cluster, start_program, start_prometheus, tmp_path, wait_until):
    server, agent, secrets = cluster
    exporter = start_program(
        [
            *VIGIE, "exporter", "--web.listen-address=127.0.0.1:{port}", f"--host-name={HOST}",
            f"--consul-url={agent.url}", f"--consul-token-file={secrets}/hosts/{HOST}/token-exporter",
        ],
        "/-/healthy",
    )  # fmt: skip
    targets = tmp_path / "targets"
    start_program(
        [
            *VIGIE, "discovery", "--web.listen-address=127.0.0.1:{port}", f"--output={targets}",
            f"--consul-url={server.url}", f"--consul-token-file={secrets}/token-discovery",
        ],
        "/metrics",
    )  # fmt: skip

    def states():
        page = requests.get(exporter.url + "/metrics", timeout=20).text
        return dict(re.findall(r'^vigie_registration_state{state="(\w+)"} (\d)', page, re.MULTILINE))

    wait_until(lambda: states()["registered"] == "1", what="a registration that is seen in the catalog")
    configuration = PROMETHEUS.format(targets=targets, secrets=secrets, consul=server.url.removeprefix("http://"))
    prometheus = start_prometheus(configuration)

    def ups():
        answer = requests.get(prometheus.url + "/api/v1/query", {"query": "up == 1"}, timeout=20).json()
        return {(series["metric"]["job"], series["metric"].get("host")) for series in answer["data"]["result"]}

    wait_until(lambda: ups() == {("node", HOST), ("consul", None)}, what="the host and Consul, scraped")
    agent.stop(signal.SIGKILL)  # else it takes leave of the others for seconds
