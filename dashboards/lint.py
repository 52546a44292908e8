"""Checks the boards: what every panel must carry, and that its queries can work."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.grafana.owned import UID
from dashboards.panels.board import TAG
from dashboards.panels.query import DATASOURCE
from vigie.core.promql import expression as promql
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.problem import Problem

LABEL_VALUES = re.compile(r"label_values\((.*), *[a-zA-Z_]\w*\)")
# Of Grafana's units (packages/grafana-data/src/valueFormats/categories.ts) those that our boards are measured in:
# an unknown one is no error there, but is written behind the number as it stands.
UNITS = frozenset(
    {"none", "short", "string", "percentunit", "bool_yes_no", "bytes", "bits", "Bps", "bps", "pps", "iops", "ops"}
    | {"reqps", "s", "ms", "celsius", "hertz", "volt", "watt", "rotrpm", "dateTimeFromNow", "dateTimeAsIso"}
)

Finding = tuple[str, str]  # a place in the board, and what was expected there


def check(boards: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> list[Problem]:
    """Return the problems of all boards, given by uid as `dashboards.boards.load` returns them."""
    return [
        Problem(f"board {uid}", place, sentence)
        for uid, board in boards.items()
        for place, sentence in _check_board(uid, board, catalogue)
    ]


def _check_board(uid: str, board: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    if not UID.fullmatch(uid) or board.get("uid") != uid:
        yield "uid", f"{board.get('uid')!r}: expected vigie- and at most 40 of letters, digits, _ and -"
    if TAG not in board.get("tags", ()):
        yield "tags", f"expected the tag {TAG}, by which people know ours"
    variables = {one["name"] for one in board["templating"]["list"]}
    for variable in board["templating"]["list"]:
        place = f"variable {variable['name']}"
        yield from ((place, sentence) for sentence in _check_variable(variable, variables, catalogue))
    for mark in board["annotations"]["list"]:
        found = _check_query(mark["expr"], variables, catalogue) if "expr" in mark else []
        yield from ((f"annotation {mark['name']}", sentence) for sentence in found)
    yield from _check_ids(board["panels"])
    for panel in board["panels"]:
        if panel["type"] != "row":
            found = [*_check_looks(panel), *_check_targets(panel, variables, catalogue)]
            yield from ((f"panel {panel.get('title')!r}", sentence) for sentence in found)


def _check_ids(panels: list[Mapping[str, Any]]) -> Iterator[Finding]:
    ids = Counter(panel.get("id") for panel in panels)
    for panel in panels:
        if not panel.get("id") or ids[panel["id"]] > 1:
            yield f"panel {panel.get('title')!r}", f"id {panel.get('id')}: expected one of its own, which is not 0"


def _check_variable(variable: Mapping[str, Any], variables: set[str], catalogue: Catalogue) -> list[str]:
    if variable["type"] != "query":
        return []
    found = LABEL_VALUES.fullmatch(variable["query"])
    if not found:
        return [f"{variable['query']!r}: expected label_values(QUERY, LABEL)"]
    return _check_query(found[1], variables - {variable["name"]}, catalogue)


def _check_query(expression: str, variables: set[str], catalogue: Catalogue) -> list[str]:
    """Return the faults of a query in which the board's `variables` may stand."""
    used = {next(filter(None, found.groups())) for found in promql.VARIABLE.finditer(expression)}
    # Grafana's own begin with two underscores; a number is a group of label_replace.
    foreign = {one for one in used - variables if not one.startswith("__") and not one.isdigit()}
    sentences = [f"${one} is no variable of this board: expected one of {sorted(variables)}" for one in sorted(foreign)]
    faults = promql.check(expression, catalogue)
    return sentences + (faults or promql.check_host_and_dc(expression))


def _check_looks(panel: Mapping[str, Any]) -> Iterator[str]:
    if not panel.get("description"):
        yield "description is missing: say what it tells and how to read it"
    defaults = panel["fieldConfig"]["defaults"]
    if not defaults.get("unit"):
        yield "unit is missing"
    changes = [change for one in panel["fieldConfig"].get("overrides", ()) for change in one["properties"]]
    units = {defaults.get("unit"), *(one["value"] for one in changes if one["id"] == "unit")} - {None, ""}
    for unit in sorted(units - UNITS):
        yield f"unit {unit!r}: expected one of {' '.join(sorted(UNITS))}"


def _check_targets(panel: Mapping[str, Any], variables: set[str], catalogue: Catalogue) -> Iterator[str]:
    names = Counter(target["refId"] for target in panel["targets"])
    yield from (f"query {name} is there twice: expected a refId for each" for name in names if names[name] > 1)
    for target in panel["targets"]:
        place = f"query {target['refId']}"
        if target["datasource"]["uid"] != DATASOURCE:
            yield f"{place} asks another data source than {DATASOURCE}"
        yield from (f"{place}: {sentence}" for sentence in _check_query(target["expr"], variables, catalogue))
