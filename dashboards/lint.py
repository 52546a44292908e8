"""Checks the boards: what every panel must carry, and that its queries can work."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.board import TAG
from dashboards.grafana.owned import UID
from dashboards.query import DATASOURCE
from vigie.engine import promql
from vigie.engine.catalogue import Catalogue
from vigie.engine.problem import Problem

LABEL_VALUES = re.compile(r"label_values\((.*), *[a-zA-Z_]\w*\)")


def check(boards: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> list[Problem]:
    """Return the problems of all boards, given by uid as `dashboards.boards.load` returns them."""
    return [problem for uid, board in boards.items() for problem in _check_board(uid, board, catalogue)]


def _check_board(uid: str, board: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Problem]:
    def problem(place: str, sentence: str) -> Problem:
        return Problem(f"board {uid}", place, sentence)

    if not UID.fullmatch(uid) or board.get("uid") != uid:
        yield problem("uid", f"{board.get('uid')!r}: expected vigie- and at most 40 of letters, digits, _ and -")
    if TAG not in board.get("tags", ()):
        yield problem("tags", f"expected the tag {TAG}, by which people know ours")
    for variable in board["templating"]["list"]:
        for sentence in _check_variable(variable, catalogue):
            yield problem(f"variable {variable['name']}", sentence)
    ids = Counter(panel.get("id") for panel in board["panels"])
    for panel in board["panels"]:
        place = f"panel {panel.get('title')!r}"
        if not panel.get("id") or ids[panel["id"]] > 1:
            yield problem(place, f"id {panel.get('id')}: expected one of its own, which is not 0")
        if panel["type"] != "row":
            yield from (problem(place, sentence) for sentence in _check_panel(panel, catalogue))


def _check_variable(variable: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    if variable["type"] != "query":
        return []
    found = LABEL_VALUES.fullmatch(variable["query"])
    return (
        promql.check(found[1], catalogue) if found else [f"{variable['query']!r}: expected label_values(QUERY, LABEL)"]
    )


def _check_panel(panel: Mapping[str, Any], catalogue: Catalogue) -> Iterator[str]:
    if not panel.get("description"):
        yield "description is missing: say what it tells and how to read it"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "unit is missing"
    for target in panel["targets"]:
        if target["datasource"]["uid"] != DATASOURCE:
            yield f"query {target['refId']} asks another data source than {DATASOURCE}"
        yield from (f"query {target['refId']}: {sentence}" for sentence in promql.check(target["expr"], catalogue))
