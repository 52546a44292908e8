"""Finds the pages: every file in `vigie/console/pages/` is one, by its own name."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import flask

import vigie.console.pages
from vigie.console.web.page import NOT_IN_MENU, Page
from vigie.core.extension_files import import_files, import_problem
from vigie.reconcile.problem import Problem

FOLDER = Path(vigie.console.pages.__file__).parent
PLACE = "vigie/console/pages"
EXTENDS = re.compile(r"\{%-? extends layout -?%\}")
REFUSED = re.compile(r"<(?:script|style)\b|\s(?:style|on[a-z]+)=", re.IGNORECASE)


class PageFile(NamedTuple):
    """The file of a page: its name, its PAGE and functions (None: it lacks one), why it can't be imported."""

    name: str
    page: Page | None
    show: Callable[..., flask.Response] | None
    add_forms: Callable[..., None] | None
    error: Exception | None = None


def load_page_files(package: ModuleType = vigie.console.pages) -> list[PageFile]:
    """Return the files of all pages by name, the faulty ones too."""
    return [
        PageFile(name, None, None, None, module)
        if isinstance(module, Exception)
        else PageFile(name, *(getattr(module, member, None) for member in ("PAGE", "show", "add_forms")))
        for name, module in import_files(package).items()
    ]


def list_menu(files: Sequence[PageFile]) -> list[Page]:
    """Return the pages of the menu in its order."""
    pages = [file.page for file in files if file.page and file.page.menu]
    return sorted(pages, key=lambda page: (page.menu, page.title))


def find_problems(files: Sequence[PageFile] | None = None, folder: Path = FOLDER) -> list[Problem]:
    """Return a sentence for each thing that a page lacks."""
    files = load_page_files() if files is None else files
    templates = {path.stem for path in folder.glob("*.html")}
    problems = [problem for file in files for problem in _find_problems_of(file, templates)]
    problems += [problem for name in sorted(templates) for problem in _find_template_problems(folder / f"{name}.html")]
    pageless = sorted(templates - {file.name for file in files})
    problems += [Problem(f"{PLACE}/{name}.html", "file", f"expected its page {name}.py beside it") for name in pageless]
    return problems + list(_find_clashes(files))


def _find_problems_of(file: PageFile, templates: set[str]) -> Iterator[Problem]:
    path = f"{PLACE}/{file.name}.py"
    if file.error is not None:
        yield Problem(path, "file", import_problem(file.error))
        return
    if not isinstance(file.page, Page):
        yield Problem(path, "PAGE", "it is missing: expected PAGE = Page(title=…, address=…, menu=…)")
    else:
        if not file.page.title:
            yield Problem(path, "PAGE", "it has no title, which stands in the menu and in the browser's tab")
        if not file.page.address.startswith("/"):
            yield Problem(path, "PAGE", 'it has no address: expected one such as address="/hosts"')
        if file.page.menu is None:
            yield Problem(path, "PAGE", "it has no place in the menu: expected menu=NUMBER, or menu=NOT_IN_MENU")
    if file.show is None:
        yield Problem(path, "show", "it is missing: expected a function show(context) that returns the page")
    if file.name not in templates:
        yield Problem(path, "template", f"it is missing: expected {PLACE}/{file.name}.html beside it")


def _find_template_problems(template: Path) -> Iterator[Problem]:
    path, text = f"{PLACE}/{template.name}", template.read_text()
    if EXTENDS.search(text) is None:
        yield Problem(
            path, "file", "expected {% extends layout %}, which brings the menu and what sources don't answer"
        )
    for number, line in enumerate(text.splitlines(), 1):
        if refused := REFUSED.search(line):
            sentence = f"{refused[0].strip()} is refused by browsers: expected it in vigie/console/static/"
            yield Problem(path, f"line {number}", sentence)


def _find_clashes(files: Sequence[PageFile]) -> Iterator[Problem]:
    owners: dict[tuple[str, str | int], str] = {}
    for file in files:
        keys: list[tuple[str, str | int]] = []
        if file.page and file.page.address:
            keys.append(("address", file.page.address))
        if file.page and file.page.menu not in {None, NOT_IN_MENU}:
            keys.append(("menu", file.page.menu or 0))
        for key in keys:
            owner = owners.setdefault(key, file.name)
            if owner != file.name:
                sentence = f"{key[0]} {key[1]} is that of {owner}.py: expected one of its own"
                yield Problem(f"{PLACE}/{file.name}.py", "PAGE", sentence)
