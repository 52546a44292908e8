"""Pieces of Markdown pages: tables, sections, and the line that says where a page comes from."""

from collections.abc import Iterable, Sequence

MADE = "<!-- Made from the code's own declarations: change those. -->"


def cell(text: object) -> str:
    """Return a text as a cell of a table: on one line, its pipes escaped."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text in the typewriter's type, "" when there is none; `` ` `` in it is kept."""
    plain = " ".join(str(text).split())
    if not plain:
        return ""
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; a row is a sequence of cells."""
    lines = [" | ".join(header), "|".join("---" for _ in header)]
    lines += [" | ".join(cell(value) for value in row) for row in rows]
    return "\n".join([f"| {lines[0]} |", f"|{lines[1]}|", *(f"| {line} |" for line in lines[2:])])


def fenced(text: str, language: str = "") -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def page(title: str, *parts: str) -> str:
    """Return a page: its title, where it comes from, and its parts."""
    return "\n\n".join([f"# {title}", MADE, *(part.strip("\n") for part in parts if part)]) + "\n"
