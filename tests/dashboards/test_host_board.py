"""Board *Host* in front of a real Prometheus that scrapes what our exporter is tested to emit."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from dashboards import boards

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parents[1] / "golden"
CONFIG = """
scrape_configs:
  - job_name: node
    scrape_interval: 1s
    static_configs:
      - targets: ["127.0.0.1:{exporter}"]
        labels: {instance: web-1, host: web-1, dc: par}
      - targets: ["127.0.0.1:{exporter}"]
        labels: {instance: web-1, host: web-1, dc: lon}
"""
VALUES = {"$__rate_interval": "1m", "$dc": "par", "$instance": "web-1"}


class Page(BaseHTTPRequestHandler):
    """Serves all golden files as one page; their counters stand still, so rates are 0, but they are there."""

    def do_GET(self):
        body = "".join(path.read_text() for path in sorted(GOLDEN.glob("*.prom"))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def prometheus(start_prometheus, wait_until):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    running = start_prometheus(CONFIG.replace("{exporter}", str(server.server_address[1])))
    wait_until(lambda: ask(running, 'count_over_time(node_load1{dc="par"}[1m]) >= 3'), what="three scrapes")
    yield running
    server.shutdown()
    server.server_close()


def ask(prometheus, expression):
    answer = requests.get(prometheus.url + "/api/v1/query", params={"query": expression}, timeout=20).json()
    assert answer["status"] == "success", answer
    return answer["data"]["result"]


def test_every_query_finds_series_of_the_chosen_host_alone(prometheus):
    empty = []
    for panel in boards.load()["vigie-host"]["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for variable, value in VALUES.items():
                expression = expression.replace(variable, value)
            result = ask(prometheus, expression)
            if not result:
                empty.append(f"{panel['title']}: {expression}")
            assert {series["metric"].get("dc", "par") for series in result} <= {"par"}
            for name in re.findall(r"{{(\w+)}}", target.get("legendFormat", "")):
                assert all(name in series["metric"] for series in result), (panel["title"], name)
            names = [tuple(sorted(series["metric"].items())) for series in result]
            assert len(set(names)) == len(names)
    assert not empty, "\n".join(empty)
