"""What is declared, found by walking: one place says which files are whose."""

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
    assert sorted(names) == ["boards", "budgets", "routes", "rules", "slo", "thresholds"]


def test_each_says_which_servers_get_something_of_it():
    assert all(declaration.servers for declaration in declarations.find_declarations())


@pytest.mark.parametrize(
    "name", ["route.yml", "rules/shop.yaml", "boards/a/b/c.json", "slo/x.txt", "downtime.yml", "notes.txt"]
)
def test_a_file_that_nothing_reads_is_named(site, name):
    [problem] = declarations.find_unread_files(site(name), declarations.find_declarations())
    assert str(problem).startswith(f"{name}: file: nothing reads it: expected one of boards/*.json, ")


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
    with pytest.raises(ProblemError, match=r"boards/shop.py: a board in Python is executed, .*expected --site"):
        find_problems(Inputs(folder, runs_python=False))
    assert not (tmp_path / "ran").exists()
    with pytest.raises(ProblemError, match="expected a file whose build"):
        find_problems(Inputs(folder, runs_python=True))
    assert (tmp_path / "ran").exists()
