"""What pages when requests through Traefik fail, by promtool, of the rules as they are shipped."""

import subprocess
from pathlib import Path

import pytest
import yaml

from alerting.slo import rules
from vigie.core.builtin import builtin
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
REQUESTS = 'traefik_service_requests_total{{job="traefik", instance="10.0.0.21:8082", service="{}", code="{}"}}'
# By half a minute: after two hours one request in two of the shop fails; of the eleven that the console gets in a quiet
# night, one does.
INPUT = {
    REQUESTS.format("shop", 200): "0+60x240 14430+30x240",
    REQUESTS.format("shop", 502): "0x240 30+30x240",
    REQUESTS.format("console", 200): "0x240 1+1x9 10x230",
    REQUESTS.format("console", 500): "0x245 1x235",
}
PAGE = ('TraefikHighErrorRate", instance="10.0.0.21:8082", job="traefik', "critical", "shop")
SHOP = ('SLOBudgetBurns", slo="traefik', "warning", "shop")
CONSOLE = ('SLOBudgetBurns", slo="traefik', "warning", "console")


def sample(name, severity, service):
    labels = f'alertname="{name}", alertstate="firing", service="{service}", severity="{severity}"'
    return {"labels": f"ALERTS{{{labels}}}", "value": 1}


def test_a_service_that_fails_pages_once_and_a_single_error_at_night_does_not(tmp_path):
    [(name, text)] = rules.files(None).items()
    (tmp_path / name).write_text(text)
    shipped = [str(builtin("alerting", "rules", f"{stem}.yml")) for stem in ("traefik", "slo")]
    texts = [text, *(Path(file).read_text() for file in shipped)]
    groups = [group["name"] for text in texts for group in yaml.safe_load(text)["groups"]]
    expected = {"2h": [], "2h8m": [PAGE, SHOP, CONSOLE], "2h20m": [PAGE, SHOP, CONSOLE]}
    document = {
        "rule_files": [str(tmp_path / name), *shipped],
        "evaluation_interval": "30s",
        "group_eval_order": groups,
        "tests": [
            {
                "interval": "30s",
                "input_series": [{"series": series, "values": values} for series, values in INPUT.items()],
                "promql_expr_test": [
                    {
                        "expr": 'ALERTS{alertstate="firing"}',
                        "eval_time": when,
                        "exp_samples": [sample(*alert) for alert in alerts],
                    }
                    for when, alerts in expected.items()
                ],
            }
        ],
    }
    (tmp_path / "some.test.yml").write_text(yaml.safe_dump(document))
    command = [find("promtool").path, "test", "rules", tmp_path / "some.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
