"""Building boards."""

import json
import re
import subprocess
import sys

import pytest

from dashboards import boards, integration_boards
from dashboards.grafana.uids import make_uid
from dashboards.panels.board_json import list_panels
from dashboards.panels.metadata import panel_id
from vigie.core.builtin import builtin

PRINT = "import json, dashboards.boards; print(json.dumps(dashboards.boards.load()))"

# Those of integrations look as ours do.
ALL = boards.load() | {
    file.uid: integration_boards.load(file, runs_python=False) for file in integration_boards.list_files(None)
}


def nulls(value, path=""):
    if isinstance(value, dict):
        for key, member in value.items():
            yield from nulls(member, f"{path}.{key}")
    elif isinstance(value, list):
        for member in value:
            yield from nulls(member, path + "[]")
    elif value is None:
        yield path


def test_each_file_is_a_board_with_the_uid_of_its_name():
    files = {path.stem for path in builtin("dashboards", "boards").glob("*.py")} - {"__init__"}
    assert boards.load().keys() == {make_uid(name) for name in files}


def test_the_same_board_is_the_same_bytes_in_every_process():
    command = [sys.executable, "-W", "ignore", "-c", PRINT]
    first, second = (
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    )
    assert first == second
    assert json.loads(first) == boards.load()


@pytest.mark.parametrize("name", sorted(ALL))
def test_only_the_lowest_threshold_is_null(name):
    assert all(path.endswith(".steps[].value") for path in nulls(ALL[name]))


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_panel_has_a_panel_id_of_its_own(name):
    panels = list(list_panels(ALL[name]["panels"]))
    ids = {panel["id"] for panel in panels}
    assert len(ids) == len(panels)
    assert all(0 < panel_id < 2**31 for panel_id in ids)


def test_a_panel_keeps_its_id_when_others_come():
    ids = {panel["title"]: panel["id"] for panel in boards.load()["vigie-host"]["panels"]}
    assert ids["CPU by mode"] == panel_id("CPU by mode")


@pytest.mark.parametrize("name", sorted(ALL))
def test_panels_lie_side_by_side_without_overlap(name):
    taken = set()
    for panel in ALL[name]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        # Beside Grafana's menu a screen of 1366 pixels has 43 for each column of the grid; a graph needs 340.
        assert place["w"] >= 8 or panel["type"] in {"row", "stat"}
        taken |= cells
    bottom = max(y for _, y in taken)
    assert len(taken) == 24 * (bottom + 1), "rows with a hole"


@pytest.mark.parametrize("name", sorted(ALL))
def test_stats_are_named_in_full_and_explained(name):
    panels = ALL[name]["panels"]
    stats = [panel for panel in panels if panel["type"] == "stat"]
    for panel in (panel for panel in stats if panel["options"].get("textMode") == "value_and_name"):
        names = [target.get("legendFormat", "") for target in panel["targets"]]
        if panel["title"] != "Load of each host":
            assert len(set(names)) == len(names)
            assert [override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]] == names
            # Eight beside each other have 130 pixels each.
            assert all(0 < len(name) <= 18 and f"**{name}**: " in panel["description"] for name in names)


@pytest.mark.parametrize("name", sorted(ALL))
def test_no_value_is_coloured_without_a_meaning(name):
    """Grafana's own thresholds colour red whatever is above 80."""
    for panel in ALL[name]["panels"]:
        if panel["type"] in {"stat", "bargauge"}:
            defaults = panel["fieldConfig"]["defaults"]
            assert defaults.get("thresholds") or defaults["color"]["mode"] == "fixed", panel["title"]


@pytest.mark.parametrize("name", ["vigie-host", "vigie-container"])
def test_every_query_is_about_the_chosen_machine_alone(name):
    for panel in list_panels(ALL[name]["panels"]):
        for target in panel.get("targets", ()):
            selectors = re.findall(r"{([^}]*)}", target["expr"])
            assert selectors, panel["title"]
            assert all('dc="$dc"' in selector for selector in selectors), panel["title"]
            machines = ('instance="$instance"', 'host="$instance"')
            assert all(any(matcher in selector for matcher in machines) for selector in selectors), panel["title"]


def test_every_board_shows_events_and_leads_to_all_others():
    for board in ALL.values():
        [events, *_] = board["annotations"]["list"]
        assert events["target"]["tags"] == ["vigie"]
        [link] = board["links"]
        assert (link["tags"], link["keepTime"], link["includeVars"]) == (["vigie"], True, True)


def links(board):
    for panel in board["panels"]:
        yield from panel.get("fieldConfig", {}).get("defaults", {}).get("links", ())
        for override in panel.get("fieldConfig", {}).get("overrides", ()):
            for change in override["properties"]:
                if change["id"] == "links":
                    yield from change["value"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("fleet", "host"),
        ("fleet", "alerts"),
        ("host", "container"),
        ("containers", "container"),
        ("containers", "host"),
        ("container", "alerts"),
        ("alerts", "host"),
    ],
)
def test_links_lead_down_with_time_and_data_source(start, end):
    urls = {link["url"] for link in links(ALL[make_uid(start)])}
    urls = {url for url in urls if url.startswith(f"/d/{make_uid(end)}?")}
    assert urls
    assert all("?${__url_time_range}&${datasource:queryparam}" in url for url in urls)


@pytest.mark.parametrize("name", ["", "x" * 35, "a b", "a/b"])
def test_refuses_a_name_that_makes_no_uid(name):
    with pytest.raises(ValueError, match="is not a uid"):
        make_uid(name)


def folded_rows():
    rows = [panel for board in ALL.values() for panel in board["panels"] if panel.get("collapsed")]
    assert {row["title"] for row in rows} == {"Disk health", "GPUs", "Management controller", "Packages and units"}
    return rows


def test_a_folded_row_takes_one_line_and_its_panels_lie_below_it_without_overlap():
    for row in folded_rows():
        cells = [
            (x, y)
            for place in (panel["gridPos"] for panel in row["panels"])
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(cells) == len(set(cells)), row["title"]
        assert min(y for _, y in cells) == row["gridPos"]["y"] + 1
        assert all(panel["fieldConfig"]["defaults"]["noValue"] for panel in row["panels"])


def test_what_folded_rows_ask_for_is_what_the_exporter_gives_with_these_labels():
    """The chain of these tests has no such hardware, so that each query is held against the goldens."""
    text = "".join(path.read_text() for path in sorted(builtin("tests", "golden").glob("*.prom")))
    labels = {}
    for name, pairs in re.findall(r"^([a-zA-Z_][a-zA-Z0-9_]*)(?:{(.*)})? ", text, re.MULTILINE):
        labels.setdefault(name, set()).update(re.findall(r'(\w+)="', pairs))
    labels |= dict.fromkeys(("apt_upgrades_pending", "apt_upgrades_held"), frozenset({"origin"}))  # no dpkg in the tree
    for target in (target for row in folded_rows() for panel in row["panels"] for target in panel["targets"]):
        selected = re.findall(r"([a-zA-Z_]\w*){([^}]*)}", target["expr"])
        assert selected, target
        for name, matchers in selected:
            asked = set(re.findall(r"(\w+)(?:!=|=~|=)", matchers)) - {"job", "dc", "instance"}
            shown = set(re.findall(r"{{(\w+)}}", target.get("legendFormat", "")))
            grouped = set(re.findall(r"\w+", "".join(re.findall(r"by \(([^)]*)\)", target["expr"]))))
            assert asked | shown | grouped <= labels[name], (name, target)


@pytest.mark.parametrize(("name", "title"), [("vigie-fleet", "All hosts"), ("vigie-containers", "All containers")])
def test_a_list_of_hundreds_can_be_searched(name, title):
    [panel] = [panel for panel in list_panels(boards.load()[name]["panels"]) if panel.get("title") == title]
    assert panel["fieldConfig"]["defaults"]["custom"]["filterable"] is True
    assert panel["gridPos"]["h"] >= 18
