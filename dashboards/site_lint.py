"""Checks the boards of a site folder: that their queries can work; how they look is the operator's business."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.grafana_export import list_inputs
from vigie.core.promql import expression as promql
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.problem import Problem


def check(boards: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> list[Problem]:
    """Return the problems of boards, given by uid: queries that do not parse.

    As warnings: unknown metrics, open inputs, and whatever else can't work as it stands.
    """
    return [
        Problem(f"board {uid}", place, sentence, is_warning)
        for uid, board in boards.items()
        for place, sentence, is_warning in _check_board(board, catalogue)
    ]


def _check_board(board: Mapping[str, Any], catalogue: Catalogue) -> Iterator[tuple[str, str, bool]]:
    """Yield (place, sentence, whether it is a warning): only what does not parse holds a board up."""
    for name in (str(board_input["name"]) for board_input in list_inputs(board)):
        yield "__inputs", f"{name} stays open: put the uid of that data source, or the value, in its place", True
    unknown: set[str] = set()
    for panel in list_panels(board):
        place = f"panel {panel.get('title', panel.get('id'))!r}"
        for target in _list_queries(panel):
            query, letter = target["expr"], target.get("refId")
            parses = promql.parses(query)
            missing = promql.list_unknown_metrics(query, catalogue) if parses else []
            unknown |= set(missing)
            for sentence in promql.check(query, {**catalogue, **dict.fromkeys(missing, "untyped")}):
                yield place, f"query {letter}: {sentence}", parses
    if unknown:
        yield "metrics", f"nobody emits {', '.join(sorted(unknown))}: name in catalogue/*.txt what you have", True


def _list_queries(panel: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield each query of a panel that Prometheus is asked."""
    targets = panel.get("targets")
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, dict) and isinstance(target.get("expr"), str) and target["expr"]:
            source = target.get("datasource") or panel.get("datasource")
            kind = source.get("type") if isinstance(source, dict) else None
            if kind in {None, "prometheus", "datasource"}:
                yield target


def list_panels(part: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each panel of a board, also those in a collapsed row, and in the `rows` of boards before Grafana 5."""
    for name in ("panels", "rows"):
        members: Any = part.get(name)
        for panel in members if isinstance(members, list) else ():
            if isinstance(panel, Mapping):
                yield panel
                yield from list_panels(panel)
