"""Pages are found by walking, and what one lacks is told in a sentence."""

from pathlib import Path

import flask
import pytest

from vigie.console import page_registry
from vigie.console.page_registry import PageFile, find_problems, list_menu
from vigie.console.web.page import NOT_IN_MENU, Page

ROOT = Path(__file__).parents[3]
FILES = page_registry.load_page_files()


def show(_context):
    return flask.Response("")


def page_file(page, name="hosts", show=show):
    return PageFile(name, page, show, None)


def sentences(*files, templates=("hosts",), folder):
    for name in templates:
        (folder / f"{name}.html").write_text("{% extends layout %}\n")
    return [str(problem) for problem in find_problems(files, folder)]


def test_every_page_is_complete():
    assert [str(problem) for problem in find_problems(FILES)] == []


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_every_page_has_a_test(name):
    path = Path(__file__).parent / "pages" / f"test_{name}.py"
    assert path.is_file(), f"the page {name} has no test: expected tests/vigie/console/pages/test_{name}.py"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_page_has_a_row_in_the_readme(file):
    section = (ROOT / "docs/how-to/console.md").read_text()
    rows = [line for line in section.splitlines() if line.startswith("| `/")]
    assert any(f"`{file.page.address}`" in row for row in rows), (
        f"the page {file.name} has no row in docs/how-to/console.md: expected one with `{file.page.address}`"
    )


def test_the_menu_is_sorted_by_place_and_lacks_what_is_not_in_it():
    places = {"Last": 30, "First": 10, "Hidden": NOT_IN_MENU}
    files = [page_file(Page(title, f"/{title}", menu), title) for title, menu in places.items()]
    assert [page.title for page in list_menu(files)] == ["First", "Last"]


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (None, "PAGE: it is missing"),
        (Page(address="/hosts", menu=1), "PAGE: it has no title"),
        (Page("Hosts", menu=1), "PAGE: it has no address"),
        (Page("Hosts", "/hosts"), "PAGE: it has no place in the menu"),
    ],
)
def test_what_a_page_does_not_declare_is_told(tmp_path, page, sentence):
    (problem,) = sentences(page_file(page), folder=tmp_path)
    assert problem.startswith(f"vigie/console/pages/hosts.py: {sentence}")


def test_what_lies_beside_a_page_is_told(tmp_path):
    complete = page_file(Page("Hosts", "/hosts", 1))
    assert "hosts.py: template: it is missing" in sentences(complete, templates=(), folder=tmp_path)[0]
    assert (
        "other.html: file: expected its page other.py"
        in sentences(complete, templates=("hosts", "other"), folder=tmp_path)[0]
    )  # fmt: skip - a line
    functionless = page_file(Page("Hosts", "/hosts", 1), show=None)
    assert "hosts.py: show: it is missing" in sentences(functionless, templates=("hosts", "other"), folder=tmp_path)[0]


def test_a_template_of_its_own_layout_and_what_browsers_refuse_are_told(tmp_path):
    (tmp_path / "hosts.html").write_text(
        '<script>go()</script>\n<noscript><p style="color: red">\n<a onclick="go()">\n'
    )
    place = "vigie/console/pages/hosts.html"
    refused = "is refused by browsers: expected it in vigie/console/static/"
    assert sentences(page_file(Page("Hosts", "/hosts", 1)), templates=(), folder=tmp_path) == [
        f"{place}: file: expected {{% extends layout %}}, which brings the menu and what sources don't answer",
        f"{place}: line 1: <script {refused}",
        f"{place}: line 2: style= {refused}",
        f"{place}: line 3: onclick= {refused}",
    ]


def test_two_pages_in_one_place_are_told(tmp_path):
    files = page_file(Page("Hosts", "/hosts", 1)), page_file(Page("Other", "/hosts", 1), "other")
    assert sentences(*files, templates=("hosts", "other"), folder=tmp_path) == [
        "vigie/console/pages/other.py: PAGE: address /hosts is that of hosts.py: expected one of its own",
        "vigie/console/pages/other.py: PAGE: menu 1 is that of hosts.py: expected one of its own",
    ]
    hidden = page_file(Page("A", "/a", NOT_IN_MENU)), page_file(Page("B", "/b", NOT_IN_MENU), "other")
    assert sentences(*hidden, templates=("hosts", "other"), folder=tmp_path) == []
