"""What is declared, found by walking: one place says which files are whose."""

import re

import pytest

from vigie.core.errors import ProblemError
from vigie.provision import declarations
from vigie.provision.checks import find_problems
from vigie.reconcile.declaration import Declaration, Inputs


@pytest.fixture
def site(tmp_path):
    """Return `site(*names)`: a site folder that holds empty files of these names."""

    def site(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        return tmp_path

    return site


def test_all_are_found():
    names = [declaration.name for declaration in declarations.find_declarations()]
    assert sorted(names) == ["boards", "budgets", "foreign_rules", "routes", "rules", "slo", "thresholds"]


# What a declaration overrides for a server that is among its `servers`.
MADE_FOR = {"prometheus": "rule_files", "alertmanager": "alertmanager", "grafana": "grafana_objects"}


def faults(declaration, others):
    """Yield a sentence for each thing that a declaration lacks."""
    kind = type(declaration)
    if declaration.name != kind.__module__.rpartition(".")[2]:
        yield f"{kind.__module__}: expected name = {kind.__module__.rpartition('.')[2]!r}, as the file is called"
    if not declaration.site_files:
        yield f"{declaration.name}: expected site_files, the operator's files that are its own"
    for pattern in set(declaration.site_files) & {pattern for other in others for pattern in other.site_files}:
        yield f"{declaration.name}: {pattern} is another declaration's too: expected files of its own"
    for server, method in MADE_FOR.items():
        is_made = getattr(kind, method) is not getattr(Declaration, method)
        if is_made != (server in declaration.servers):
            yield f"{declaration.name}: expected {method}() and {server!r} in servers together, or neither"
    if kind.problems is Declaration.problems:
        yield f"{declaration.name}: expected problems(), or vigie lint says nothing of its files"


@pytest.mark.parametrize("declaration", declarations.find_declarations(), ids=lambda declaration: declaration.name)
def test_every_declaration_says_what_is_its_own(declaration):
    others = [other for other in declarations.find_declarations() if other is not declaration]
    assert list(faults(declaration, others)) == []


def test_what_a_declaration_lacks_is_named():
    class Empty(Declaration):
        name = "empty"
        servers = frozenset({"grafana"})

    sentences = list(faults(Empty(), []))
    assert len(sentences) == 4
    assert "empty: expected problems(), or vigie lint says nothing of its files" in sentences


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("route.yml", "routes.yml or routes.test.yml"),
        ("rules/shop.yaml", "rules/*.yml"),
        ("boards/shop.yml", "boards/*.json or boards/*.py"),
        ("slo/x.txt", "slo/*.yml"),
        ("downtime.yml", "downtimes.yml"),
        ("boards/a/b/c/d/e.json", "boards/*"),
        ("???", "one of boards/*.json, "),
    ],
)
def test_a_file_that_nothing_reads_is_named_with_what_is_likely_meant(site, name, expected):
    [problem] = declarations.find_unread_files(site(name), declarations.find_declarations())
    assert str(problem).startswith(f"{name}: file: nothing reads it: expected {expected}")


def test_what_lies_by_the_way_is_no_problem(site):
    names = ("README.md", ".git/config", "rules/a.yml", "rules/a.yml~", "boards/_shared.py", "boards/__pycache__/x.pyc")
    assert declarations.find_unread_files(site(*names), declarations.find_declarations()) == []


def test_lint_names_it(site):
    problems = find_problems(Inputs(site("route.yml")))
    assert [str(problem).partition(": expected")[0] for problem in problems] == ["route.yml: file: nothing reads it"]


class First(Declaration):
    name = "first"
    servers = frozenset({"prometheus"})

    def rule_files(self, _inputs):
        return {"vigie-a.yml": "text"}


class Second(First):
    name = "second"


def test_what_two_make_is_refused(monkeypatch):
    monkeypatch.setattr(declarations, "find_declarations", lambda: (First(), Second()))
    with pytest.raises(ProblemError, match=r"vigie-a\.yml is made of first and of second: expected one of them"):
        declarations.merge_rule_files(Inputs())


def test_a_board_in_python_is_executed_only_from_a_folder_that_was_named(site, tmp_path):
    folder = site("boards/shop.py")
    (folder / "boards" / "shop.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n")
    (problem,) = find_problems(Inputs(folder, runs_python=False))
    assert re.search(r"boards/shop.py: file: a board in Python is executed, .*expected --site", str(problem))
    assert not (tmp_path / "ran").exists()
    problem, *_ = find_problems(Inputs(folder, runs_python=True))  # what it has made there is one, too
    assert "expected a file whose build" in problem.sentence
    assert (tmp_path / "ran").exists()


def test_a_board_that_can_not_be_read_hides_no_other_problem(site):
    folder = site("boards/shop.json", "route.yml")
    (folder / "boards" / "shop.json").write_text("{")
    board, unread = find_problems(Inputs(folder))
    assert board.file.endswith("boards/shop.json")
    assert unread.file == "route.yml"
