"""Checks the boards of a site folder: that their queries can work; how they look is the operator's business."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.panels.board_json import list_panels
from vigie.core.promql import expression as promql
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.problem import Problem


def check(boards: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> list[Problem]:
    """Return the problems of boards, given by uid: broken queries, unknown metrics, open inputs."""
    return [
        Problem(f"board {uid}", place, sentence)
        for uid, board in boards.items()
        for place, sentence in _check_board(board, catalogue)
    ]


def _check_board(board: Mapping[str, Any], catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    if board.get("__inputs"):
        names = ", ".join(str(board_input.get("name")) for board_input in board["__inputs"])
        yield "__inputs", f"{names} would stay open: export it without `share externally`, or fill them in"
    for panel in list_panels(board.get("panels")):
        place = f"panel {panel.get('title', panel.get('id'))!r}"
        targets = panel.get("targets")
        for target in targets if isinstance(targets, list) else ():
            expression = target.get("expr") if isinstance(target, dict) else None
            for sentence in promql.check(expression, catalogue) if expression else ():
                yield place, f"query {target.get('refId')}: {sentence}"
