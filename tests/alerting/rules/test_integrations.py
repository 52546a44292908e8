"""Rules of integrations: laid among ours, changed and limited as ours are, and what `vigie lint` finds in a folder."""

import pytest
import yaml

from alerting.declarations.rules import FOLDER, Rules
from alerting.rules import grafana, integration_form, layers, native
from alerting.rules.integrations import list_rule_files, list_runbooks
from alerting.thresholds import rules as thresholds
from vigie.console.web.runbooks import alert_rules, runbook_paths
from vigie.reconcile.declaration import Inputs

NAME = "integration-redis.yml"
RULE = """
groups:
  - name: shopd
    rules:
      - alert: ShopdDown
        expr: shopd_up{integration="shopd"} == 0
        for: 1m
"""
TEST = "tests: [{alert_rule_test: [{alertname: ShopdDown, exp_alerts: [{}]}, {alertname: ShopdDown, exp_alerts: []}]}]"
WITH_VERSION = "name: shopd\ntitle: Shop\ncheck: {port: 9400}\nversion: {metric: shopd_info, label: version}\n"
GOOD = {
    "integration.yml": "name: shopd\ntitle: Our shop's server\ncheck: {port: 9400}\n",
    "check.py": "",
    "metrics.txt": "shopd_up gauge none whether it answers\nshopd_wait_seconds histogram seconds how long it takes\n",
    "rules.yml": RULE,
    "rules.test.yml": TEST,
    "runbooks/ShopdDown.md": "# ShopdDown\n",
    "setup.md": "# Shopd\n\n## How to undo it\n",
}


@pytest.fixture
def site(tmp_path):
    """Return `site(**changes)`: a site folder with an integration whose files are GOOD but for the changes."""

    def site(changes=()):
        for name, text in {**GOOD, **dict(changes)}.items():
            path = tmp_path / "integrations" / "shopd" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                path.write_text(text)
        return tmp_path

    return site


def test_they_are_among_the_rule_files_and_link_to_their_runbooks():
    texts = native.render(FOLDER, "http://console/runbooks/", integrations=list_rule_files())
    assert "runbook_url: http://console/runbooks/RedisDown\n" in texts[f"vigie-{NAME}"]
    assert "http://console" not in list_rule_files()[NAME].read_text()


def test_grafana_s_groups_have_the_name_of_the_file():
    files = layers.load(FOLDER, None, integrations=list_rule_files())
    titles = grafana.groups(files, "http://console/runbooks/", "source", everything=True)
    assert "integration-redis/redis" in titles
    assert "integration" in titles


def test_a_site_s_integration_and_its_runbooks_are_found_and_win(site):
    folder = site({"runbooks/RedisDown.md": "# RedisDown\n\nAsk Jo.\n"})
    assert list_rule_files(folder).keys() == {*list_rule_files(), "integration-shopd.yml"}
    assert list_runbooks(folder)["ShopdDown"].parent.parent.name == "shopd"
    assert list_runbooks(folder)["RedisDown"].is_relative_to(folder)
    (folder / "runbooks").mkdir()
    (folder / "runbooks" / "RedisDown.md").write_text("# RedisDown\n")
    assert list_runbooks(folder)["RedisDown"].parent == folder / "runbooks"


def test_the_console_has_rules_runbooks_and_set_up():
    assert alert_rules(None)["RedisDown"]["labels"]["severity"] == "critical"
    assert {"RedisDown", "IntegrationDenied", "setup-redis"} <= runbook_paths(None).keys()


def test_overrides_change_an_alert_of_an_integration(tmp_path):
    (tmp_path / "overrides.yml").write_text("RedisSaveFailed: off\nRedisDown: {severity: warning}\n")
    text = layers.load(FOLDER, tmp_path, integrations=list_rule_files())[NAME].text
    rules = {rule["alert"]: rule for rule in yaml.safe_load(text)["groups"][0]["rules"]}
    assert rules["RedisDown"]["labels"]["severity"] == "warning"
    assert "RedisSaveFailed" not in rules
    assert "RedisAOFFailed" in rules


def test_a_limit_of_some_servers_is_recorded_for_them(tmp_path):
    (tmp_path / "thresholds.yml").write_text(
        "RedisMemoryHigh: [{instance: 'web-.*/cache:6379', team: shop, value: 70}]"
    )
    (text,) = thresholds.files(tmp_path).values()
    chosen = 'redis_memory_max_bytes{integration="redis", instance=~"web-.*/cache:6379", team="shop"}[2m]'
    assert yaml.safe_load(text)["groups"][0]["rules"] == [
        {
            "record": "vigie:threshold",
            "labels": {"alert": "RedisMemoryHigh"},
            "expr": f"70.0 * group by (dc, instance) (last_over_time({chosen}))",
        }
    ]


def test_a_good_folder_lacks_nothing(site):
    assert integration_form.check(site()) == []


def test_six_lines_of_manifest_are_enough(tmp_path):
    folder = tmp_path / "integrations" / "shopd"
    folder.mkdir(parents=True)
    (folder / "integration.yml").write_text("name: shopd\ntitle: Shop\nendpoint: {port: 9400}\n")
    assert integration_form.check(tmp_path) == []


@pytest.mark.parametrize("files", [["rules.yml"], ["board.py"], ["board.py", "rules.yml"], ["setup.md"], []])
def test_rules_or_a_board_without_a_manifest_are_one_problem(tmp_path, files):
    folder = tmp_path / "integrations" / "shopd"
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_text("")
    problems = integration_form.check(tmp_path)
    assert [problem.file for problem in problems] == [str(folder / "integration.yml")] * bool({*files} - {"setup.md"})
    assert all(name in problem.sentence for problem in problems for name in files)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rules.test.yml": TEST.replace(", exp_alerts: []", ", exp_alerts: [{}]")}, "no test sees it quiet"),
        ({"rules.test.yml": None}, "no test sees it fire"),
        ({"rules.yml": RULE.replace("integration=", "team=")}, 'shopd_up: expected integration="shopd"'),
        ({"rules.yml": RULE.replace('{integration="shopd"}', "")}, 'shopd_up: expected integration="shopd"'),
        ({"rules.yml": RULE.replace('"shopd"}', '"redis"}')}, 'shopd_up: expected integration="shopd"'),
        ({"rules.yml": RULE.replace("{", '{job="a", ')}, "it is chosen by job"),
        (
            {
                "rules.yml": RULE.replace("shopd_up{", "shopd_wait_seconds_bucket{team='a', ").replace(
                    'integration="shopd"', ""
                )
            },
            'shopd_wait_seconds_bucket: expected integration="shopd"',
        ),
        ({"setup.md": "# Shopd\n"}, "does not say how to undo it"),
        ({"setup.md": None}, "setup.md: file: it is missing"),
        ({"metrics.txt": "shopd_up gauge none"}, "line 1: expected a metric's name, its type, its unit and a text"),
        ({"metrics.txt": "shopd_up guage none x"}, "type 'guage': expected one of counter, gauge"),
        ({"metrics.txt": "shopd_up gauge byte x"}, "unit 'byte': expected one of bytes"),
        ({"metrics.txt": "shopd_up gauge none x\nshopd_up gauge none x"}, "shopd_up is there twice"),
        ({"integration.yml": WITH_VERSION}, "shopd_info is not in metrics.txt"),
        ({"runbooks/ShopDown.md": "# ShopDown\n"}, "rules.yml has no such alert"),
        ({"runbooks/ShopdDown.md": "Shop\n"}, "expected the first line `# ShopdDown`"),
        (
            {"integration.yml": "name: shop\ntitle: Shop\ncheck: {port: 9400}\n"},
            "expected 'shopd', the name of its folder",
        ),
    ],
)
def test_what_a_folder_lacks_is_told_in_a_sentence(site, changes, words):
    problems = [str(problem) for problem in integration_form.check(site(changes))]
    assert len([problem for problem in problems if words in problem]) == 1, problems
    assert all("shopd" in problem for problem in problems)


def test_a_refused_file_holds_back_its_integration_alone(site):
    folder = site()
    for file in ("setup.md", "rules.test.yml", "runbooks/ShopdDown.md"):
        hold = Rules().hold(str(folder / "integrations/shopd" / file), Inputs(folder))
        assert hold is not None
        assert hold.covers("rule files", "vigie-integration-shopd.yml")
        assert hold.covers("rule groups", "integration-shopd/shopd")
        assert not hold.covers("rule files", "vigie-integration-redis.yml")
    assert Rules().hold("integration-shopd.yml", Inputs(folder)) == hold
    assert Rules().hold("elsewhere.yml", Inputs(folder)) is None
