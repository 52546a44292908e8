"""Checks of boards: each fault in an otherwise good board is seen, and named."""

import copy

import pytest

from dashboards import boards, lint
from vigie.core.promql import catalogue

UNUSED = {"name": "env", "type": "query", "query": "label_values(up, env)"}


@pytest.fixture
def board():
    return copy.deepcopy(boards.load()["vigie-host"])


def check(board, uid="vigie-host"):
    return [str(problem) for problem in lint.check({uid: board}, catalogue.load())]


def named(board, title):
    [panel] = [panel for panel in board["panels"] if panel.get("title") == title]
    return panel


def test_our_boards_are_fine():
    assert lint.check(boards.load(), catalogue.load()) == []


def test_wants_our_uid(board):
    [problem] = check(board, "vigie-" + "x" * 40)
    assert "uid" in problem


def test_wants_our_tag(board):
    board["tags"] = ["linux"]
    assert check(board) == ["board vigie-host: tags: expected the tag vigie, by which people know ours"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda board: board.pop("title"), "title: is missing: name the board"),
        (lambda board: board.pop("description"), "description: is missing: say in a sentence what the board shows"),
        (lambda board: board["panels"][0].pop("title"), "panel '': title is missing: name the panel"),
        (lambda board: board["templating"]["list"].append(UNUSED), "variable env: no panel uses it: use it in a query"),
        (lambda board: named(board, "Processor").pop("title"), "panel '': title is missing: name the section"),
        (lambda board: named(board, "Load").update(targets=[]), "panel 'Load': expected at least one query"),
        (lambda board: forget_a_stat(named(board, "Counts")), "panel 'Counts': description of Cores is missing: say"),
    ],
)
def test_names_what_was_forgotten(board, change, sentence):
    change(board)
    [problem] = check(board)
    assert problem.startswith(f"board vigie-host: {sentence}")


def forget_a_stat(panel):
    described = "- **Cores**: Cores that the kernel uses."
    assert described in panel["description"]
    panel["description"] = panel["description"].replace(described, "- **Cores**: ")


def test_an_empty_board_is_no_board(board):
    board["panels"] = []
    assert "board vigie-host: panels: expected at least one" in check(board)


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
        (lambda panel: panel["fieldConfig"]["defaults"].update(unit="percents"), "unit 'percents': expected one of"),
        (lambda panel: panel["targets"].append(panel["targets"][0]), "query A is there twice"),
        (lambda panel: panel["targets"][0].update(expr="rate(up["), "query A: 'rate(up[' does not parse"),
        (lambda panel: panel["targets"][0].update(expr="node_load_1"), "query A: nobody emits node_load_1"),
        (lambda panel: panel["targets"][0].update(expr='{job="node"}'), 'query A: {job="node"} names no metric'),
        (lambda panel: panel["targets"][0].update(expr='up{env="$env"}'), "query A: $env is no variable of this board"),
        (lambda panel: panel["targets"][0].update(expr="deriv(node_forks_total[5m])"), "which is a counter"),
        (lambda panel: panel["targets"][0].update(expr="rate(node_forks_total[30s])"), "over 30 s: expected at least"),
        (lambda panel: panel["targets"][0].update(expr="rate(node_forks_total[$__interval])"), "over 1 s"),
        (lambda panel: panel["targets"][0].update(expr="sum by (host) (up)"), "expected dc beside host"),
    ],
)
def test_names_the_fault_of_a_panel(board, change, words):
    change(named(board, "Load"))
    [problem] = check(board)
    assert problem.startswith("board vigie-host: panel 'Load': ")
    assert words in problem


def test_names_the_unit_of_a_table_s_column(board):
    panel = named(board, "File systems")
    [size] = [override for override in panel["fieldConfig"]["overrides"] if override["matcher"]["options"] == "Size"]
    size["properties"][0]["value"] = "Bytes"
    [problem] = check(board)
    assert "panel 'File systems': unit 'Bytes'" in problem
    size["properties"][0]["value"] = ""
    assert check(board) == ["board vigie-host: panel 'File systems': unit of Size is missing"]


def test_checks_annotations(board):
    board["annotations"]["list"][1]["expr"] = "node_boot_time"
    [problem] = check(board)
    assert problem.startswith("board vigie-host: annotation Reboots: nobody emits node_boot_time")


def test_accepts_what_boards_need(board):
    named(board, "Load")["targets"][0]["expr"] = 'count by (__name__) ({__name__=~"node_.+"}) > $__range_s'
    named(board, "Processes")["targets"][0]["expr"] = 'rate(node_netstat_Tcp_RetransSegs{dc="$dc"}[$__rate_interval])'
    assert check(board) == []


def test_wants_panel_ids_once(board):
    named(board, "Load")["id"] = named(board, "Processes")["id"]
    problems = check(board)
    assert len(problems) >= 2
    assert all("that no other panel has" in problem for problem in problems)
