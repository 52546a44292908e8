"""An integration of the site folder with something wrong in it costs itself alone, under --keep-going."""

import pytest

from alerting.declarations.rules import Rules
from dashboards.declarations.boards import Boards
from vigie.core.builtin import ROOT
from vigie.core.integrations.metrics import load_types
from vigie.provision.declarations import merge_rule_files
from vigie.provision.keep_going import hold_back
from vigie.reconcile.declaration import Inputs

OBJECTS = (
    ("rule files", "vigie-integration-shopd.yml"),
    ("rule groups", "integration-shopd"),
    ("rule groups", "integration-shopd/shopd"),
    ("boards", "vigie-integration-shopd"),
)
RULES = """
groups:
  - name: shopd
    rules:
      - {record: "shopd:up", expr: 'shopd_up{integration="shopd"}'}
"""


@pytest.fixture
def shopd(tmp_path):
    folder = tmp_path / "integrations" / "shopd"
    folder.mkdir(parents=True)
    (folder / "integration.yml").write_text("name: shopd\ntitle: Shop\nendpoint: {port: 9400}\n")
    (folder / "metrics.txt").write_text("shopd_up gauge none whether it answers\n")
    (folder / "rules.yml").write_text(RULES)
    return folder


def judge(folder):
    held = hold_back(Inputs(folder.parents[1], runs_python=True), {"prometheus", "grafana"})
    return held.inputs, [str(problem) for problem in held.problems]


def test_a_sound_one_is_delivered(shopd):
    inputs, problems = judge(shopd)
    assert problems == []
    assert "vigie-integration-shopd.yml" in merge_rule_files(inputs)


def test_with_a_manifest_that_can_not_be_read_all_of_it_stays(shopd):
    (shopd / "integration.yml").write_text("name: [")
    inputs, problems = judge(shopd)
    assert len(problems) == 1
    assert [each for each in OBJECTS if not inputs.hold.covers(*each)] == []
    assert not inputs.hold.covers("rule files", "vigie-integration.yml")
    assert not inputs.hold.covers("rule groups", "integration")
    assert "vigie-integration.yml" in merge_rule_files(inputs)


@pytest.mark.parametrize("name", ["integration.yml", "host.yml", "overrides.yml"])
def test_no_file_of_it_is_taken_for_ours_of_that_name(shopd, name):
    for inputs, file in (
        (Inputs(shopd.parents[1]), shopd / name),
        (Inputs(), f"integrations/shopd/{name}"),
        (Inputs(), ROOT / "integrations" / "shopd" / name),
    ):
        of_rules, of_boards = Rules().hold(str(file), inputs), Boards().hold(str(file), inputs)
        assert of_rules is not None
        assert of_boards is not None
        (path,) = of_rules.files
        assert path.parts[-2:] == ("shopd", "rules.yml")
        hold = of_rules.join(of_boards)
        assert [each for each in OBJECTS if not hold.covers(*each)] == []
        assert not hold.covers("rule files", f"vigie-{name}")


@pytest.mark.parametrize(
    "name", ["integration.yml", "metrics.txt", "rules.yml", "rules.test.yml", "setup.md", "runbooks/ShopdDown.md"]
)
def test_a_file_that_is_not_utf_8_costs_its_integration_alone(shopd, name):
    (shopd / "runbooks").mkdir()
    (shopd / name).write_bytes(b"name: caf\xe9\n")
    inputs, problems = judge(shopd)
    assert any(name in problem or "integration-shopd.yml" in problem for problem in problems), problems
    assert all("shopd" in problem for problem in problems)
    texts = merge_rule_files(inputs)
    assert "vigie-integration-shopd.yml" not in texts or inputs.hold.covers(*OBJECTS[0])
    assert "vigie-integration-redis.yml" in texts
    assert inputs.hold.covers(*OBJECTS[0])
    assert not inputs.hold.covers("rule files", "vigie-integration-redis.yml")


def test_a_faulty_catalogue_costs_its_integration_alone(shopd):
    (shopd / "metrics.txt").write_text("shopd_up guage none x\n")
    (shopd / "board.py").write_text(
        'def build():\n    return {"title": "Shop", "panels": [], "templating": {"list": []}}\n'
    )
    assert "redis_up" in load_types(shopd.parent)
    _, problems = judge(shopd)
    assert len([problem for problem in problems if "type 'guage'" in problem]) == 1, problems
    assert all("shopd" in problem for problem in problems)
