"""What a new board still lacks outside of its own file, in one sentence each."""

import re
from pathlib import Path

import pytest

from dashboards import boards
from dashboards.grafana.uids import make_uid
from tests.dashboards.test_panels import VARIABLES
from vigie.core.builtin import builtin

PAGE = "docs/reference/boards.md"
ROWS = builtin("docs", "reference", "boards.md").read_text()
NAMES = sorted(path.stem for path in builtin("dashboards", "boards").glob("*.py") if path.stem != "__init__")


def query_variables(board):
    return [variable for variable in board["templating"]["list"] if variable["type"] == "query"]


@pytest.fixture(params=NAMES)
def board(request):
    return boards.load()[make_uid(request.param)]


def test_every_board_has_a_row_on_the_page_of_boards(board):
    row = re.search(rf"^\| \*{re.escape(board['title'])}\* \|.*\| (.*)\|$", ROWS, re.MULTILINE)
    assert row, f"{PAGE}: expected a row `| *{board['title']}* | what it shows | its variables |`"
    names = [f"`{variable['name']}`" for variable in query_variables(board)]
    assert row[1].strip() == ", ".join(names), f"{PAGE}, {board['title']}: expected the board's variables"


def test_every_board_has_a_picture(board):
    picture = Path("docs", "pictures", board["uid"].removeprefix("vigie-") + ".png")
    sentence = f"expected {picture}, the board's upper part in Grafana at 1366 pixels, and a link to it in {PAGE}"
    assert builtin(*picture.parts).exists(), sentence
    assert f"(../pictures/{picture.name})" in ROWS, sentence
    others = [other for other in builtin("docs", "pictures").glob("*.png") if other.name != picture.name]
    shown = builtin(*picture.parts).read_bytes()
    assert all(other.read_bytes() != shown for other in others), f"{picture} is a copy of another picture: {sentence}"


def test_every_board_has_a_value_for_each_variable_in_the_chain(board):
    needed = {variable["name"] for variable in query_variables(board) if not variable.get("multi")}
    assert needed <= VARIABLES.get(board["uid"], {}).keys(), (
        f"tests/dashboards/test_panels.py, VARIABLES: expected values of {sorted(needed)} for {board['uid']}, "
        "since a variable of one value has no `.*` for all"
    )
