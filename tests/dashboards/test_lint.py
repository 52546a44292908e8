"""Checks of boards: each fault in an otherwise good board is seen, and named."""

import copy

import pytest

from dashboards import boards, lint
from vigie.engine import catalogue


@pytest.fixture
def board():
    return copy.deepcopy(boards.load()["vigie-host"])


def check(board, uid="vigie-host"):
    return [str(problem) for problem in lint.check({uid: board}, catalogue.load())]


def test_our_boards_are_fine():
    assert lint.check(boards.load(), catalogue.load()) == []


def test_wants_our_uid(board):
    [problem] = check(board, "vigie-" + "x" * 40)
    assert "uid" in problem


def test_wants_our_tag(board):
    board["tags"] = ["linux"]
    assert check(board) == ["board vigie-host: tags: expected the tag vigie, by which people know ours"]


def test_checks_variables(board):
    board["templating"]["list"][1]["query"] = "label_values(nothing, dc)"
    board["templating"]["list"][2]["query"] = "query_result(up)"
    assert [problem.split(": ")[1] for problem in check(board)] == ["variable dc", "variable instance"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda panel: panel.pop("description"), "description is missing"),
        (lambda panel: panel["fieldConfig"]["defaults"].pop("unit"), "unit is missing"),
        (lambda panel: panel["targets"][0]["datasource"].update(uid="mine"), "query A asks another data source"),
        (lambda panel: panel["targets"][0].update(expr="rate(up[5m])"), "query A: rate() of up, which is a gauge"),
        (lambda panel: panel.update(id=0), "id 0"),
    ],
)
def test_names_the_fault_of_a_panel(board, change, words):
    change(board["panels"][2])
    [problem] = check(board)
    assert problem.startswith("board vigie-host: panel 'CPU busy': ")
    assert words in problem


def test_wants_panel_ids_once(board):
    board["panels"][2]["id"] = board["panels"][3]["id"]
    assert len(check(board)) == 2
