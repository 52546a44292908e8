"""A page over a limit is refused as a whole, its neighbour is not, and the reason is told."""

import json

import pytest

from vigie.stack import proof, templates
from vigie.stack.servers import find

pytestmark = pytest.mark.integration

PAGES = {
    "good": "answers 42\n",
    "long": f'answers{{query="{"x" * 4097}"}} 42\n',
    "many": "".join(f'answers{{user="{number}"}} 42\n' for number in range(20_001)),
}
REASONS = {"good": "", "long": "label_value_length_limit exceeded", "many": "sample limit exceeded"}


@pytest.fixture
def prometheus(start_program, start_prometheus, tmp_path):
    """A Prometheus with our configuration and three applications."""
    command = [find("busybox").path, "httpd", "-f", "-p", "127.0.0.1:{port}", "-h", "{folder}"]
    served = start_program(command, "/good", files=PAGES)
    groups = [
        {
            "targets": [f"127.0.0.1:{served.port}"],
            "labels": {"job": "web", "instance": name, "host": name, "dc": "dc1", "__metrics_path__": f"/{name}"},
        }
        for name in PAGES
    ]
    (tmp_path / "app-web.json").write_text(json.dumps(groups))
    nobody = ["127.0.0.1:9"]
    values = templates.PrometheusValues(
        "1s", str(tmp_path), str(tmp_path), nobody, nobody, nobody, nobody, "127.0.0.1:9"
    )
    return start_prometheus(templates.render_prometheus(values).replace("scrape_timeout: 5s", "scrape_timeout: 1s"))


def test_what_runs_away_harms_nobody_else(prometheus, wait_until):
    def up():
        results = proof.query(prometheus.url, 'up{job="web"}')
        return {series["metric"]["instance"]: series["value"][1] for series in results}

    assert wait_until(lambda: len(up()) == 3 and up()) == {"good": "1", "long": "0", "many": "0"}
    targets = proof.get_json(prometheus.url + "/api/v1/targets?state=active")["data"]["activeTargets"]
    errors = {
        target["labels"]["instance"]: target["lastError"] for target in targets if target["labels"]["job"] == "web"
    }
    assert {name: error.partition(" (")[0] for name, error in errors.items()} == REASONS
    page = proof.request(prometheus.url + "/metrics")
    assert "prometheus_target_scrapes_exceeded_sample_limit_total 0\n" not in page.text
