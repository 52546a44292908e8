"""Reads the fenced blocks of pages, with what the comment before a block says of it.

`<!-- run -->`: the tests run it. `<!-- file: PATH -->`: the tests write it there. `<!-- not run: WHY -->`: they do not.
`<!-- before the next block, in the tests: COMMANDS -->`: what the reader has already, such as a running Prometheus.
"""

import re
from typing import NamedTuple

from tests.test_structure import ROOT

SHELL = {"sh", "bash", "console", "shell"}
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BEFORE = re.compile(r"<!-- before the next block, in the tests: (.*?) -->", re.DOTALL)
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w{}-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
COMMENT = re.compile(r"<!-- (run|not run|file)(?:: ([^\n]*?))? -->\n *\Z")


class Block(NamedTuple):
    """A fenced block: its line, language and text, what the comment before it says, and what the tests do before."""

    line: int
    language: str
    text: str
    kind: str
    detail: str
    before: str


def read_blocks(path):
    """Yield the blocks of a page."""
    page = path.read_text()
    end = 0
    for match in FENCE.finditer(page):
        between = page[end : match.start()]
        comment = COMMENT.search(between)
        before = BEFORE.search(between)
        end = match.end()
        yield Block(
            page.count("\n", 0, match.start()) + 1,
            match["language"],
            match["text"],
            comment[1] if comment else "",
            (comment[2] or "") if comment else "",
            before[1] if before else "",
        )


def name_of(path):
    """Return a page's path as one writes it."""
    return str(path.relative_to(ROOT))
