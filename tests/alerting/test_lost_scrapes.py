"""Lost scrapes neither delay an alert nor end it: every rule with a `for`, with the inputs of its own test."""

import subprocess

import pytest
import yaml

from tests.alerting.lost_scrapes import LOSSES, expand, with_losses
from tests.alerting.test_rules import RULES, TESTS
from vigie.core.promql import expression
from vigie.core.settings import parse_duration_seconds
from vigie.stack.servers import find

WAITING = {
    path: {
        rule["alert"]: str(rule["expr"])
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if parse_duration_seconds(str(rule.get("for", "0s"))) > 0
    }
    for path in RULES
}
# It is about lost scrapes themselves: what its test keeps quiet has some already.
ABOUT_LOSSES = {"TargetFlapping"}


FILES = [path for path in RULES if WAITING[path]]


@pytest.mark.integration
@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("path", FILES[3::6], ids=lambda path: path.stem)
def test_the_same_alerts_fire_at_the_same_times(path, losses, tmp_path):
    """Promtool takes up to a minute for a file: here one in six is run, `make days` runs all (`every_day.py`)."""
    check_losses(path, losses, tmp_path)


def check_losses(path, losses, folder):
    """Let promtool judge the tests of a rule file with scrapes lost."""
    tests = yaml.safe_load((TESTS / f"{path.stem}.test.yml").read_text())
    thinned = with_losses(tests, LOSSES[losses], frozenset(WAITING[path]) - ABOUT_LOSSES)
    thinned["rule_files"] = [str((TESTS / name).resolve()) for name in tests["rule_files"]]
    (folder / "thinned.test.yml").write_text(yaml.safe_dump(thinned, width=10**9))
    command = [find("promtool").path, "test", "rules", folder / "thinned.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_values_are_expanded_as_promtool_does():
    assert expand("1x2 0+2x2 _x2 stale 5") == ["1", "1", "1", "0.0", "2.0", "4.0", "_", "_", "stale", "5"]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_rule_that_waits_reads_a_gauge_as_it_is_now(path):
    bare = {alert: expression.instant_selectors(query) for alert, query in WAITING[path].items()}
    problems = [
        f"{path.name}: {alert}: {name} is read as it is now: expected last_over_time({name}[2m])"
        for alert, names in bare.items()
        for name in names
        if not name.startswith("vigie:") and (alert, name) not in AS_IT_IS
    ]
    assert not problems, "\n".join(["", *problems])


# Where a gap can't end the alert: what stands behind `unless` or `absent`, and `up`, which a failed scrape writes too.
AS_IT_IS = {
    ("ConsulQuorumAtRisk", "up"),
    ("ContainerUnhealthy", "vigie_container_health"),
    ("HostDown", "up"),
    ("IntegrationDenied", "vigie_integration_state"),
    ("IntegrationDown", "vigie_integration_state"),
    ("JobMissing", "up"),
    ("PrometheusUnreachable", "up"),
}
