"""`--keep-going`: one refused file waits as it was delivered last, and the rest goes out."""

import json
from types import SimpleNamespace

import pytest

from vigie.core.builtin import ROOT
from vigie.core.integrations.catalogue import read_catalogue
from vigie.provision.declarations import find_declarations, merge_grafana_objects, merge_rule_files
from vigie.provision.keep_going import hold_back
from vigie.reconcile.declaration import DesiredSettings, Inputs, ServerName

TOKEN = "not-a-real-secret-token"
GRAFANA_ALONE = DesiredSettings(evaluator="grafana", notifier="grafana")
ALL: frozenset[ServerName] = frozenset({"prometheus", "alertmanager", "grafana"})
RULE = """
groups:
  - name: {name}
    rules:
      - alert: {alert}
        expr: {query}
        for: 5m
        keep_firing_for: 5m
        labels: {{severity: warning}}
        annotations: {{summary: It is down., description: It does not answer., runbook_url: /runbooks/{alert}}}
"""
FOREIGN = "groups: [{name: theirs, rules: [{alert: Theirs, expr: %s}]}]\n"
BOARD = (
    '{"title": "%s", "panels": [{"id": 1, "title": "a", "type": "stat", "targets": [{"refId": "A", "expr": "%s"}]}]}'
)


@pytest.fixture
def site(tmp_path):
    """Return a function that writes a file of the site folder."""
    folder = tmp_path / "site"

    def write(name, text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return folder

    for alert in ("Shop", "Stock"):
        write(f"runbooks/{alert}.md", f"# {alert}\n")
        write(f"rules/{alert.lower()}.yml", RULE.format(name=alert.lower(), alert=alert, query="up == 0"))
    return SimpleNamespace(folder=folder, write=write)


def judge(folder, **settings):
    held = hold_back(Inputs(folder, DesiredSettings(**settings), runs_python=True), ALL)
    return held, {f"{problem.file}: {problem.place}" for problem in held.problems}


def waiting(hold, resource):
    return {pattern for name, pattern in hold.objects if name == resource}


def test_nothing_waits_while_all_is_sound(site):
    held, problems = judge(site.folder)
    assert problems == set()
    assert held.inputs == Inputs(site.folder, runs_python=True)


SHOP = "{{alert: Shop, expr: up == 0, {}}}"
UNREADABLE = [
    "groups: [{name: shop, rules: [",
    RULE.format(name="s", alert="Shop", query="up =="),
    "groups: [{name: x, interval: soon, rules: []}]",
    *(f"groups: [{{name: x, rules: [{rule}]}}]" for rule in ("{expr: up}", "{record: [a], expr: up}")),
    *(
        f"groups: [{{name: x, rules: [{SHOP.format(wrong)}]}}]"
        for wrong in ("for: soon", "keep_firing_for: {a: 1}", "labels: [a]", "annotations: 5")
    ),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_refused_rule_file_waits_alone(site, text):
    held, problems = judge(site.write("rules/shop.yml", text))
    assert {problem.split(":")[0] for problem in problems} == {"shop.yml"}
    assert waiting(held.inputs.hold, "rule files") == {"vigie-shop.yml"}
    texts = merge_rule_files(held.inputs)
    assert "vigie-shop.yml" not in texts
    assert "vigie-stock.yml" in texts
    assert "vigie-host.yml" in texts


def test_ours_do_not_take_the_place_of_a_refused_file(site):
    held, _ = judge(site.write("rules/host.yml", "groups: [{name: host, rules: ["))
    texts = merge_rule_files(held.inputs)
    assert "vigie-host.yml" not in texts
    assert "vigie-disk.yml" in texts


def test_in_grafana_the_groups_of_a_refused_file_wait(site):
    site.write("rules/shop.yml", RULE.format(name="other", alert="Shop", query="up =="))
    held, _ = judge(site.folder, evaluator="grafana")
    hold = held.inputs.hold
    assert hold.covers("rule groups", "shop/other")
    assert hold.covers("rule groups", "shop")
    assert not hold.covers("rule groups", "shop2/other")
    groups = merge_grafana_objects(held.inputs)["rule groups"]
    assert "stock" in groups
    assert not {title for title in groups if title.startswith("shop")}


def test_of_two_files_with_one_alert_the_later_waits(site):
    held, problems = judge(site.write("rules/twin.yml", RULE.format(name="twin", alert="Stock", query="up == 0")))
    assert problems == {"twin.yml: Stock"}
    assert waiting(held.inputs.hold, "rule files") == {"vigie-twin.yml"}
    assert "vigie-stock.yml" in merge_rule_files(held.inputs)


def test_what_only_grafana_can_not_do_waits_too(site):
    query = RULE.format(name="shop", alert="Shop", query="up == 0").replace("It is down.", "'{{ query `up` }}'")
    held, problems = judge(site.write("rules/shop.yml", query), evaluator="grafana")
    assert problems == {f"{site.folder}/rules/shop.yml: file"}
    assert "stock" in merge_grafana_objects(held.inputs)["rule groups"]


def test_of_two_foreign_files_with_one_name_both_wait(site):
    site.write("rules/foreign/a b.yml", FOREIGN % '"up == 0"')
    site.write("rules/foreign/a_b.yml", FOREIGN % '"up == 1"')
    held, problems = judge(site.write("rules/foreign/c.yml", FOREIGN % '"up == 2"'))
    assert problems == {"rules/foreign/a_b.yml: file"}
    texts = merge_rule_files(held.inputs)
    assert "vigie-foreign-a_b.yml" not in texts
    assert "vigie-foreign-c.yml" in texts


def test_a_file_that_two_declarations_make_waits(site):
    site.write("runbooks/Late.md", "# Late\n")
    held, problems = judge(site.write("rules/objectives.yml", RULE.format(name="o", alert="Late", query="up == 0")))
    assert problems == {"rule files: vigie-objectives.yml"}
    assert "vigie-objectives.yml" not in merge_rule_files(held.inputs)


def test_routes_to_an_unknown_receiver_hold_back_the_routes_alone(site):
    routes = (ROOT / "alerting/routes.yml").read_text()
    held, problems = judge(site.write("routes.yml", routes.replace("critical: inbox", "critical: pager")))
    assert problems == {"routes: file"}
    assert held.inputs.hold.declarations == {"routes"}
    assert waiting(held.inputs.hold, "rule files") == set()
    assert held.inputs.hold.covers("alertmanager", "alertmanager.yml")
    assert merge_rule_files(held.inputs) == merge_rule_files(Inputs(site.folder))


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("thresholds.yml", "DiskFull: [{value: 200}]", "vigie-thresholds.yml"),
        ("budgets.yml", "total: many", "vigie-budgets.yml"),
        ("slo/shop.yml", "objective_percent: 200", "vigie-objectives.yml"),
    ],
)
def test_a_refused_file_of_which_one_rule_file_is_made(site, name, text, key):
    held, _ = judge(site.write(name, text))
    assert waiting(held.inputs.hold, "rule files") == {key}
    assert merge_rule_files(held.inputs).keys() == merge_rule_files(Inputs(None)).keys() - {key} | {
        "vigie-shop.yml",
        "vigie-stock.yml",
    }


def test_a_refused_board_waits_alone_and_others_keep_their_uids(site):
    site.write("boards/shop.json", "{")
    site.write("boards/team/shop.json", BOARD % ("Shop of the team", "up"))
    site.write("boards/team/query.json", BOARD % ("Query", "up =="))
    site.write("boards/broken.py", "def build(): raise ValueError")
    held, problems = judge(site.write("boards/stock.json", BOARD % ("Stock", "up")))
    folder = f"{site.folder}/boards"
    assert problems == {f"{folder}/shop.json: file", f"{folder}/broken.py: file", "board vigie-query: panel 'a'"}
    objects = merge_grafana_objects(held.inputs)
    assert {"vigie-stock", "vigie-team-shop"} <= objects["boards"].keys()
    assert not {"vigie-shop", "vigie-query", "vigie-broken"} & objects["boards"].keys()
    assert objects["board folders"]["vigie-team-shop"] in objects["folders"]


def test_a_file_that_nothing_reads_is_told_and_holds_nothing(site):
    held, problems = judge(site.write("rules/late.yaml", ""))
    assert problems == {"rules/late.yaml: file"}
    assert held.inputs.hold.objects == frozenset()


@pytest.mark.parametrize("evaluator", ["prometheus", "grafana"])
def test_each_declaration_names_all_that_it_delivers(site, evaluator):
    site.write("rules/foreign/a.yml", FOREIGN % '"up == 0"')
    site.write("thresholds.yml", "DiskFull: [{value: 5}]")
    settings = DesiredSettings() if evaluator == "prometheus" else GRAFANA_ALONE
    inputs = Inputs(site.folder, settings)
    for declaration in find_declarations():
        hold = declaration.hold_all()
        made = {"rule files": declaration.rule_files(inputs), **declaration.grafana_objects(inputs)}
        made.pop("board folders", None)
        assert [key for name, objects in made.items() for key in objects if not hold.covers(name, key)] == []


def test_apply_delivers_the_rest_and_exits_with_3(vigie, grafana, site):
    flags = ("--grafana", "--grafana-url", grafana.url, "--site", str(site.folder))
    site.write("boards/shop.json", BOARD % ("Shop", "up"))
    # Integrations are named: no Prometheus runs here that could tell which are used.
    secrets = {"VIGIE_GRAFANA_TOKEN": TOKEN, "VIGIE_PROVISION_INTEGRATIONS": ",".join(read_catalogue().integrations)}
    assert vigie("provision", "apply", *flags, **secrets).returncode == 0
    site.write("boards/shop.json", BOARD % ("Shop, refused", "up =="))
    site.write("boards/stock.json", BOARD % ("Stock", "up"))
    stopped = vigie("provision", "apply", *flags, **secrets)
    assert (stopped.returncode, "nothing was sent" in stopped.stderr) == (1, True)
    plan = vigie("provision", "plan", "--keep-going", *flags, **secrets)
    assert (plan.returncode, "  + vigie-stock\n" in plan.stdout) == (3, True)
    done = vigie("provision", "apply", "--keep-going", *flags, **secrets)
    assert (done.returncode, done.stdout) == (3, "boards: vigie-stock: created\n")
    first, *faults = done.stderr.splitlines()
    assert first.startswith("vigie: ")
    assert "is held back" in first
    assert [fault.split(": ")[0] for fault in faults] == ["  board vigie-shop"]
    assert grafana.state.dashboards["vigie-shop"]["title"] == "Shop"


def test_what_is_held_back_is_no_orphan(vigie, grafana, site):
    flags = ("--keep-going", "--grafana", "--grafana-url", grafana.url, "--site", str(site.folder))
    secrets = {"VIGIE_GRAFANA_TOKEN": TOKEN}
    site.write("boards/shop.json", BOARD % ("Shop", "up"))
    site.write("boards/old.json", BOARD % ("Old", "up"))
    assert vigie("provision", "apply", *flags, **secrets).returncode == 0
    site.write("boards/shop.json", "{")
    (site.folder / "boards/old.json").unlink()
    drift = vigie("provision", "drift", "--json", *flags, **secrets)
    assert drift.returncode == 3
    shown = json.loads(drift.stdout)
    assert [change["key"] for change in shown["changes"]] == ["vigie-old"]
    assert len(shown["held_back"]) == 1
    pruned = vigie("provision", "prune", *flags, **secrets)
    assert (pruned.returncode, pruned.stdout) == (3, "boards: vigie-old: deleted\n")
    assert "vigie-shop" in grafana.state.dashboards
