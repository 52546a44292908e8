"""The scrape side: what Prometheus makes of the files, with the configuration that comes with vigie."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from vigie.stack import templates
from vigie.stack.servers import find

pytestmark = pytest.mark.integration


@pytest.fixture
def application():
    """An endpoint that answers metrics at /metrics, 200 at /up and 404 elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in {"/metrics", "/up"} else 404)
            self.end_headers()
            self.wfile.write(b"answers 42\n" if self.path == "/metrics" else b"")

        def log_message(self, *_):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def configuration(folder, blackbox_port=9):
    nobody = ["127.0.0.1:9"]
    blackbox = f"127.0.0.1:{blackbox_port}"
    return templates.render_prometheus(
        templates.PrometheusValues("5s", str(folder), str(folder), nobody, nobody, nobody, nobody, blackbox)
    )


def discovered(config, job, tmp_path):
    """Return what `promtool check service-discovery` makes of a scrape job: the labels of each target it keeps."""
    (tmp_path / "prometheus.yml").write_text(config)
    command = [find("promtool").path, "check", "service-discovery", "--timeout=1s", tmp_path / "prometheus.yml", job]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [target["labels"] for target in json.loads(done.stdout) if target["labels"]]


@pytest.fixture
def registered(catalog, bridge, wait_until, application):
    """Instances of each kind: a host, an application with a probe of its own, and one that is only probed."""
    address = {"Address": "127.0.0.1", "Port": application}
    catalog.register("vigie-exporter", 1)
    catalog.register("web", 1, Meta={"probe": "http", "probe_path": "/up", "label_team": "core"}, **address)
    catalog.register("gone", 1, Tags=["probe-http"], Meta={"probe_path": "/nothing", "label_service": "own"}, **address)
    catalog.register("port", 1, Tags=["probe-tcp"], **address)
    catalog.register("odd", 1, Meta={"probe": "ping"}, **address)
    wait_until(lambda: all(bridge.groups(job) for job in ("node", "web", "odd")))
    wait_until(lambda: len(probes(bridge, "http")) == 2 and len(probes(bridge, "tcp")) == 1)
    return bridge


def probes(bridge, kind):
    path = bridge.folder / f"probe-{kind}.json"
    return json.loads(path.read_bytes()) if path.exists() else []


def test_promtool_finds_hosts_applications_and_probes(registered, tmp_path, application):
    config = configuration(registered.folder)
    (tmp_path / "prometheus.yml").write_text(config)
    promtool = find("promtool").path
    checked = subprocess.run(
        [promtool, "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    (host,) = discovered(config, "hosts", tmp_path)
    assert (host["job"], host["instance"]) == ("node", host["host"])
    applications = discovered(config, "applications", tmp_path)
    assert {labels["job"] for labels in applications} == {"web", "odd"}
    probed = {labels["service"]: labels for labels in discovered(config, "probes", tmp_path)}
    assert {name: (labels["job"], labels["__param_module"]) for name, labels in probed.items()} == {
        "web": ("probe-http", "http_2xx"),
        "own": ("probe-http", "http_2xx"),
        "port": ("probe-tcp", "tcp_connect"),
    }
    assert probed["web"]["__param_target"] == f"http://127.0.0.1:{application}/up"
    assert probed["web"]["__address__"] == "127.0.0.1:9"
    assert (probed["web"]["instance"], probed["web"]["team"]) == (f"127.0.0.1:{application}", "core")
    assert probed["port"]["__param_target"] == f"127.0.0.1:{application}"
    assert registered.metric('vigie_discovery_refused_total{reason="probe"}') == 1


def test_prometheus_scrapes_and_blackbox_exporter_probes_them(registered, start_prometheus, blackbox, wait_until):
    prometheus = start_prometheus(configuration(registered.folder, blackbox.port))

    def values(query):
        answer = requests.get(prometheus.url + "/api/v1/query", {"query": query}, timeout=20).json()
        return {sample["metric"]["service"]: sample["value"][1] for sample in answer["data"]["result"]}

    wait_until(lambda: values("probe_success") == {"web": "1", "own": "0", "port": "1"})
    wait_until(lambda: values('label_replace(answers{job="web"}, "service", "$1", "job", "(.*)")') == {"web": "42"})


def test_a_probe_goes_with_its_instance_and_a_restart_keeps_the_others(registered, catalog, wait_until):
    registered.running.stop()
    registered.running.start()
    assert len(probes(registered, "http")) == 2
    catalog.deregister("web", 1)
    wait_until(lambda: [group["labels"]["service"] for group in probes(registered, "http")] == ["own"])
    assert registered.page("/sd/probe-http").json() == probes(registered, "http")
    catalog.deregister("gone", 1)
    wait_until(lambda: probes(registered, "http") == [])
    assert len(probes(registered, "tcp")) == 1


HASHED = """
scrape_configs:
- job_name: shard
  file_sd_configs: [{files: ['%s/app-web.json']}]
  relabel_configs:
  - {action: hashmod, source_labels: [__address__], modulus: 3, target_label: __tmp}
  - {action: keep, source_labels: [__tmp], regex: '%s'}
"""


def test_shards_are_those_of_prometheus(catalog, bridge, wait_until, tmp_path):
    catalog.fleet("web", 12)
    wait_until(lambda: len(bridge.ids("web") or ()) == 12)
    for number in range(3):
        theirs = discovered(HASHED % (bridge.folder, number), "shard", tmp_path)
        ours = bridge.page(f"/sd/web?shard={number}&of=3").json()
        assert {labels["__address__"] for labels in theirs} == {group["targets"][0] for group in ours}
    assert bridge.page("/sd/web?shard=3&of=3").status_code == 400


def test_the_page_of_targets_escapes_what_others_wrote(catalog, bridge, wait_until):
    catalog.register("web", 1, Meta={"label_note": "<script>alert(1)</script>"})
    catalog.register("<b>x", 1, Address="not an address")
    wait_until(lambda: bridge.ids("web"))
    text = wait_until(lambda: "not an address" in bridge.page("/targets").text and bridge.page("/targets").text)
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "<b>x" not in text
