"""The page of boards' panels: every board with its variables, and every panel with what it shows."""

from collections.abc import Iterator
from typing import Any

from dashboards import boards, integration_boards
from tools.reference.markdown import code, page, table

INTRO = """\
Every panel of every board. [Boards](boards.md) has an overview with pictures; a new board is a file in
`dashboards/boards/`, see [Add a board](../how-to/add-a-board.md). Those of integrations come last; Grafana has them
where one is used, see [Integrations](../how-to/integrations.md)."""


def panels_page() -> str:
    """Return the page of all panels."""
    files = integration_boards.list_files(None)
    of_integrations = [integration_boards.load(file, runs_python=False) for file in files]
    ours = [board for _, board in sorted(boards.load().items())]
    return page("Panels of the boards", INTRO, *map(section, [*ours, *of_integrations]))


def section(board: dict[str, Any]) -> str:
    """Return the section of one board."""
    names = [code(each["name"]) for each in board["templating"]["list"] if each["type"] == "query"]
    variables = f"Variables: {', '.join(names)}." if names else "It has no variables."
    rows = (
        (panel["title"] or "none", panel["type"], panel.get("description", "") or "none") for panel in panels(board)
    )
    parts = [f"## {board['title']}", board.get("description", ""), variables]
    return "\n\n".join([*parts, table(("panel", "kind", "shows"), rows)])


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels of a board, those within collapsed rows too, without the rows."""
    for panel in board["panels"]:
        yield from panel.get("panels", [])
        if panel["type"] != "row":
            yield panel
