"""The same number has the same colour wherever it is shown."""

import re
from collections import defaultdict
from typing import Any

from dashboards import boards
from dashboards.panels.board_json import list_panels

METRIC = re.compile(r"\b(?:node|vigie|container|prometheus|alertmanager|consul)[_:]\w[\w:]*")
SELECTOR = re.compile(r"\{[^}]*\}")
GROUPING = re.compile(r"\b(by|on|without|ignoring|group_left|group_right) *\([^)]*\)")
# What a panel is about, such as one host or one container, and not which number it shows.
SCOPED = r"job|dc|env|team|instance|host|name|id|fstype|device|mountpoint|target_\w+|slo|service"
SCOPE = re.compile(rf'\b(?:{SCOPED})(?:=~|!~|!=|=)"[^"]*"')
MEANING = {"green", "orange", "red"}


def number_of(expression, unit):
    """Return what tells a number from others: its metrics, how they are selected, and its unit."""
    chosen = {SCOPE.sub("", selector).strip("{, }") for selector in SELECTOR.findall(expression)} - {""}
    metrics = METRIC.findall(GROUPING.sub("", SELECTOR.sub("", expression)))
    return frozenset(metrics), frozenset(chosen), unit


def overrides_of(panel):
    settings: dict[str, dict[str, Any]] = defaultdict(dict)
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        settings[override["matcher"]["options"]] |= {part["id"]: part["value"] for part in override["properties"]}
    return settings


def headings_of(panel):
    """Return the headings of a table's columns by what Grafana calls their values."""
    options = [part["options"] for part in panel.get("transformations", ()) if part["id"] == "organize"]
    return options[0]["renameByName"] if options else {}


def coloured_numbers():
    """Yield each number that has thresholds, where it is shown, and from which value on it has which colour."""
    for uid, board in boards.load().items():
        for panel in list_panels(board["panels"]):
            defaults = panel.get("fieldConfig", {}).get("defaults", {})
            overrides, headings = overrides_of(panel), headings_of(panel)
            for query in panel.get("targets") or ():
                name = headings.get(f"Value #{query['refId']}") or headings.get("Value") or query.get("legendFormat")
                looks = {**defaults, **overrides.get(name, {})}
                steps = looks.get("thresholds", {}).get("steps", ())
                meant = [(step["value"], step["color"]) for step in steps if step["color"] in MEANING]
                colours = tuple((value, colour) for value, colour in meant if value)
                if colours:
                    yield number_of(query["expr"], looks.get("unit")), f"{uid}: {panel['title']}: {name}", colours


def test_the_same_number_has_the_same_colours():
    shown: dict[Any, dict[str, Any]] = defaultdict(dict)
    for number, place, colours in coloured_numbers():
        if number[0]:
            shown[number][place] = colours
    assert len(shown) > 30
    unequal = {number: places for number, places in shown.items() if len(set(places.values())) > 1}
    assert unequal == {}


def test_the_map_of_hosts_has_the_colours_of_the_list():
    steps = {place: dict(colours) for _, place, colours in coloured_numbers()}
    on_the_map = next(colours for place, colours in steps.items() if "Load of each host" in place)
    assert on_the_map == steps["vigie-fleet: All hosts: Load/core"] == {1: "orange", 2: "red"}
