"""Checks the boards: what each must carry, and that its queries can work."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboards.grafana.uids import UID
from dashboards.panels.board import TAG
from dashboards.panels.board_json import list_panels
from dashboards.panels.query import DATASOURCE
from vigie.core.promql import expression as promql
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.problem import Problem

LABEL_VALUES = re.compile(r"label_values\((.*), *[a-zA-Z_]\w*\)")
UNDESCRIBED_STAT = re.compile(r"^- \*\*(.*)\*\*: *$", re.MULTILINE)
# Of Grafana's units (packages/grafana-data/src/valueFormats/categories.ts) those that our boards use:
# Grafana takes an unknown unit without an error and writes it behind the number as it stands.
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
    yield from _check_metadata(uid, board)
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for variable in board["templating"]["list"]:
        sentences = _check_variable(variable, variables, catalogue)
        yield from ((f"variable {variable['name']}", sentence) for sentence in sentences)
    yield from _check_unused_variables(board)
    for annotation in board["annotations"]["list"]:
        sentences = _check_query(annotation["expr"], variables, catalogue) if "expr" in annotation else []
        yield from ((f"annotation {annotation['name']}", sentence) for sentence in sentences)
    panels = list(list_panels(board["panels"]))
    yield from _check_ids(panels)
    for panel in panels:
        if panel["type"] == "row":
            sentences = [] if panel.get("title") else ["title is missing: name the section"]
        else:
            sentences = [*_check_panel_metadata(panel), *_check_targets(panel, variables, catalogue)]
        yield from ((f"panel {panel.get('title', '')!r}", sentence) for sentence in sentences)


def _check_metadata(uid: str, board: Mapping[str, Any]) -> Iterator[Finding]:
    if not UID.fullmatch(uid) or board.get("uid") != uid:
        yield "uid", f"{board.get('uid')!r}: expected vigie- and at most 40 of letters, digits, _ and -"
    if TAG not in board.get("tags", ()):
        yield "tags", f"expected the tag {TAG}, by which people know ours"
    if not board.get("title"):
        yield "title", "is missing: name the board"
    if not board.get("description"):
        yield "description", "is missing: say in a sentence what the board shows"
    if not board.get("panels"):
        yield "panels", "expected at least one"


def _check_ids(panels: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    ids = Counter(panel.get("id") for panel in panels)
    for panel in panels:
        if not panel.get("id") or ids[panel["id"]] > 1:
            sentence = "expected an id that is not 0 and that no other panel has: give each panel a title of its own"
            yield f"panel {panel.get('title', '')!r}", f"id {panel.get('id')}: {sentence}"


def _check_variable(variable: Mapping[str, Any], variables: set[str], catalogue: Catalogue) -> list[str]:
    if variable["type"] != "query":
        return []
    match = LABEL_VALUES.fullmatch(variable["query"])
    if not match:
        return [f"{variable['query']!r}: expected label_values(QUERY, LABEL)"]
    return _check_query(match[1], variables - {variable["name"]}, catalogue)


def _check_unused_variables(board: Mapping[str, Any]) -> Iterator[Finding]:
    queries = [target["expr"] for panel in list_panels(board["panels"]) for target in panel.get("targets", ())]
    used = {name for query in queries for name in _variables_of(query)}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and variable["name"] not in used:
            yield f"variable {variable['name']}", "no panel uses it: use it in a query, or leave it out"


def _variables_of(expression: str) -> set[str]:
    """Return the names of the variables that stand in a query."""
    return {next(filter(None, match.groups())) for match in promql.VARIABLE.finditer(expression)}


def _check_query(expression: str, variables: set[str], catalogue: Catalogue) -> list[str]:
    """Return the faults of a query in which the board's `variables` may stand."""
    # Grafana's own begin with two underscores; a number is a group of label_replace.
    others = _variables_of(expression) - variables
    unknown = sorted(name for name in others if not name.startswith("__") and not name.isdigit())
    sentences = [f"${name} is no variable of this board: expected one of {sorted(variables)}" for name in unknown]
    faults = promql.check(expression, catalogue)
    return sentences + (faults or promql.check_host_and_dc(expression))


def _check_panel_metadata(panel: Mapping[str, Any]) -> Iterator[str]:
    description = panel.get("description", "")
    if not panel.get("title"):
        yield "title is missing: name the panel"
    if not description:
        yield "description is missing: say what it shows and how to read it"
    for name in UNDESCRIBED_STAT.findall(description):
        yield f"description of {name} is missing: say what it shows and how to read it"
    unit = panel["fieldConfig"]["defaults"].get("unit")
    if not unit:
        yield "unit is missing"
    overrides = panel["fieldConfig"].get("overrides", ())
    units = {unit or "none"}
    for override in overrides:
        value = next((change["value"] for change in override["properties"] if change["id"] == "unit"), "none")
        if not value:
            yield f"unit of {override['matcher']['options']} is missing"
        units.add(value or "none")
    for unknown in sorted(units - UNITS):
        yield f"unit {unknown!r}: expected one of {' '.join(sorted(UNITS))}"


def _check_targets(panel: Mapping[str, Any], variables: set[str], catalogue: Catalogue) -> Iterator[str]:
    names = Counter(target["refId"] for target in panel.get("targets", ()))
    if not names:
        yield "expected at least one query"
    yield from (f"query {name} is there twice: expected a refId for each" for name in names if names[name] > 1)
    for target in panel.get("targets", ()):
        place = f"query {target['refId']}"
        if target["datasource"]["uid"] != DATASOURCE:
            yield f"{place} asks another data source than {DATASOURCE}"
        yield from (f"{place}: {sentence}" for sentence in _check_query(target["expr"], variables, catalogue))
