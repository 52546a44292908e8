"""What people and programs get to see."""

import io
import json

from rich.console import Console

from vigie.reconcile import show
from vigie.reconcile.model import Change, Result

CHANGES = [
    Change("folders", "vigie-a", "create", None, {"title": "A"}),
    Change("boards", "vigie-b", "update", {"title": "Old", "text": "x\ny\n"}, {"title": "New", "text": "x\nz\n"}),
    Change("boards", "vigie-c", "unchanged", 1, 1),
]
PLAIN = """folders
  + vigie-a
boards
  ~ vigie-b
      text:
        @@ -1,2 +1,2 @@
         x
        -y
        +z
      title: "Old" → "New"
1 to create, 1 to update, 1 unchanged
"""


def shown(lines, **options):
    text = io.StringIO()
    show.show(lines, Console(file=text, width=20, **options))
    return text.getvalue()


def test_plan_in_a_pipe_is_plain_and_never_wrapped():
    assert shown(show.plan_lines(CHANGES)) == PLAIN


def test_plan_on_a_terminal_is_coloured():
    text = shown(show.plan_lines(CHANGES), force_terminal=True, color_system="standard")
    assert "\x1b[32m  + vigie-a" in text


def test_what_grafana_says_is_not_taken_for_markup():
    change = Change("boards", "[red]x[/red]", "create", None, 1)
    assert "[red]x[/red]" in shown(show.plan_lines([change]))


def test_long_values_are_cut():
    text = shown(show.plan_lines([Change("boards", "b", "update", {"x": "a" * 500}, {"x": "b"})]))
    assert "a…" in text
    assert "a" * 101 not in text


def test_json_has_each_change_with_its_differences():
    [folder, board, unchanged] = json.loads(show.plan_json({"local": CHANGES}, []))["changes"]
    assert (folder["action"], folder["differences"]) == ("create", [])
    assert {"path": "title", "before": "Old", "after": "New"} in board["differences"]
    assert unchanged["action"] == "unchanged"


def test_json_leaves_out_the_side_that_is_absent():
    text = show.plan_json({"grafana": [Change("boards", "b", "update", {"x": 1}, {})]}, [])
    assert json.loads(text)["changes"][0]["differences"] == [{"path": "x", "before": 1}]


def test_results_tell_what_became_of_each():
    assert show.result_line(Result(CHANGES[0], "done")).text == "folders: vigie-a: created"
    assert show.result_line(Result(CHANGES[1], "failed", "why")).text == "boards: vigie-b: failed: why"
    [result] = json.loads(show.results_json([("grafana", Result(CHANGES[1], "skipped", "why"))], []))["results"]
    assert (result["outcome"], result["message"]) == ("skipped", "why")
