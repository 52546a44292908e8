"""What only promtool or amtool refuses: named with its file before anything is sent, and it alone waits."""

import pytest

from vigie.core.builtin import ROOT
from vigie.core.errors import ProblemError
from vigie.provision import tool_checks
from vigie.provision.checks import find_problems
from vigie.provision.declarations import merge_rule_files
from vigie.provision.keep_going import hold_back
from vigie.reconcile.declaration import Inputs
from vigie.stack.servers import find

pytestmark = pytest.mark.integration

# Our own checks look into no template, and know no list of keys.
RULE = """
groups:
  - name: {name}
    rules:
      - alert: {alert}
        expr: up == 0
        for: 5m
        keep_firing_for: 5m
        labels: {{severity: warning}}
        annotations: {{summary: "{summary}", description: It does not answer., runbook_url: /runbooks/{alert}}}
"""
UNKNOWN_FUNCTION = "It is {{ nosuch $value }}."
FOREIGN = "groups: [{name: theirs, rules: [{alert: Theirs, expr: up == 0, annotations: {a: '{{ nosuch }}'}}]}]\n"
RAW = "\nraw: {global: {nosuch: 1}}\n"


@pytest.fixture(autouse=True)
def _tools(monkeypatch):
    """Fetch both, which the command does not."""
    for name in ("promtool", "amtool"):
        monkeypatch.setenv("PATH", str(find(name).path.parent), prepend=":")


@pytest.fixture
def write(tmp_path):
    """Return `write(name, text)`: a file of the site folder, which it returns."""

    def write(name, text):
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path / "site"

    for alert in ("Shop", "Stock"):
        write(f"runbooks/{alert}.md", f"# {alert}\n")
        write(f"rules/{alert.lower()}.yml", RULE.format(name=alert.lower(), alert=alert, summary="It is down."))
    return write


def test_one_file_that_promtool_refuses_waits_alone(write):
    write("rules/foreign/theirs.yml", FOREIGN.replace("nosuch", "$value"))
    site = write("rules/shop.yml", RULE.format(name="shop", alert="Shop", summary=UNKNOWN_FUNCTION))
    held = hold_back(Inputs(site), {"prometheus"})
    [problem] = held.problems
    assert (problem.file, problem.place) == ("shop.yml", "file")
    assert problem.sentence.startswith("promtool refuses the rules: ")
    assert 'function "nosuch" not defined' in problem.sentence
    assert "/tmp" not in problem.sentence
    assert held.inputs.hold.objects == {("rule files", "vigie-shop.yml")}
    texts = merge_rule_files(held.inputs)
    assert "vigie-shop.yml" not in texts
    assert {"vigie-stock.yml", "vigie-host.yml", "vigie-foreign-theirs.yml"} <= texts.keys()


def test_files_of_others_are_named_as_they_are_in_the_site_folder(write):
    [problem] = find_problems(Inputs(write("rules/foreign/team a/theirs.yaml", FOREIGN)), {"prometheus"})
    assert str(problem).startswith("rules/foreign/team a/theirs.yaml: file: promtool refuses the rules: ")


def test_routes_that_amtool_refuses_hold_back_the_routes_alone(write):
    site = write("routes.yml", (ROOT / "alerting/routes.yml").read_text() + RAW)
    held = hold_back(Inputs(site), {"prometheus", "alertmanager"})
    [problem] = held.problems
    assert str(problem).startswith("routes.yml: file: amtool refuses the configuration of Alertmanager: ")
    assert "nosuch" in problem.sentence
    assert held.inputs.hold.declarations == {"routes"}
    assert merge_rule_files(held.inputs) == merge_rule_files(Inputs(site))


def test_a_case_that_reaches_others_is_told_by_lint(write):
    write("routes.yml", (ROOT / "alerting/routes.yml").read_text())
    site = write("routes.test.yml", "- {labels: {severity: critical}, receivers: [nobody]}\n")
    [problem] = find_problems(Inputs(site), {"alertmanager"})
    assert str(problem) == "routes.test.yml: file: severity=critical reaches inbox: expected nobody"


def test_where_the_tools_are_missing_our_own_checks_must_do(write, monkeypatch):
    def require(name):
        raise ProblemError(f"{name} is not here")

    monkeypatch.setattr(tool_checks.programs, "require", require)
    write("routes.yml", (ROOT / "alerting/routes.yml").read_text() + RAW)
    assert find_problems(Inputs(write("rules/foreign/theirs.yml", FOREIGN))) == []


def test_apply_delivers_the_rest_and_says_what_promtool_refuses(vigie, start_prometheus, write):
    prometheus = start_prometheus("rule_files: ['{folder}/rules/*.yml']\n")
    rules = prometheus.folder / "rules"
    rules.mkdir()
    site = write("rules/shop.yml", RULE.format(name="shop", alert="Shop", summary="It was delivered."))
    flags = ("--local", "--rules-dir", str(rules), "--prometheus-url", prometheus.url, "--site", str(site))
    assert vigie("provision", "apply", *flags).returncode == 0
    write("rules/shop.yml", RULE.format(name="shop", alert="Shop", summary=UNKNOWN_FUNCTION))
    write("rules/stock.yml", RULE.format(name="stock", alert="Stock", summary="It is sold."))
    stopped = vigie("provision", "apply", *flags)
    assert (stopped.returncode, "nothing was sent" in stopped.stderr) == (1, True)
    done = vigie("provision", "apply", "--keep-going", *flags)
    assert (done.returncode, done.stdout) == (3, "rule files: vigie-stock.yml: updated\n")
    assert "shop.yml: file: promtool refuses the rules" in done.stderr
    assert "It was delivered." in (rules / "vigie-shop.yml").read_text()
    assert "It is sold." in (rules / "vigie-stock.yml").read_text()
