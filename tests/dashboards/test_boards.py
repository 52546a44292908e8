"""Building boards."""

import json
import subprocess
import sys

import pytest

from dashboards import boards
from dashboards.boards import host
from dashboards.grafana.owned import uid
from dashboards.panel import stable_id
from vigie.data import builtin

PRINT = "import json, dashboards.boards; print(json.dumps(dashboards.boards.load()))"


def nulls(value, path=""):
    if isinstance(value, dict):
        for key, one in value.items():
            yield from nulls(one, f"{path}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from nulls(one, path + "[]")
    elif value is None:
        yield path


def test_each_file_is_a_board_with_the_uid_of_its_name():
    files = {path.stem for path in builtin("dashboards", "boards").glob("*.py")} - {"__init__"}
    assert boards.load().keys() == {uid(name) for name in files}


def test_the_same_board_is_the_same_bytes_in_every_process():
    command = [sys.executable, "-W", "ignore", "-c", PRINT]
    first, second = (
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    )
    assert first == second
    assert json.loads(first) == boards.load()


def test_only_the_lowest_threshold_is_null():
    assert set(nulls(boards.load()["vigie-host"])) == {
        ".panels[].fieldConfig.defaults.thresholds.steps[].value",
    }


def test_a_panel_keeps_its_id_when_others_come():
    ids = {panel["title"]: panel["id"] for panel in boards.load()["vigie-host"]["panels"]}
    assert ids["CPU busy"] == stable_id("CPU busy")
    assert len(set(ids.values())) == len(ids)
    assert all(0 < one < 2**31 for one in ids.values())


def test_panels_fill_the_grid_without_overlap():
    taken = set()
    for panel in boards.load()["vigie-host"]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_query_of_host_is_about_the_chosen_host():
    for panel in boards.load()["vigie-host"]["panels"]:
        for target in panel.get("targets", ()):
            assert target["expr"].count("{") == target["expr"].count(host.HOST), panel["title"]


@pytest.mark.parametrize("name", ["", "x" * 35, "a b", "a/b"])
def test_refuses_a_name_that_makes_no_uid(name):
    with pytest.raises(ValueError, match="is not a uid"):
        uid(name)
