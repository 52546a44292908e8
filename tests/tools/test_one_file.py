"""The agent's one file: which Debian it is built on, and that nothing the agent imports is left out of it."""

import contextlib
import sys
import urllib.error
from email.message import Message

import pytest

from tests.structure.test_dependencies import modules_of_the_agent
from tests.test_structure import IMPORTS, ROOT
from vigie.core.errors import ProblemError


@pytest.fixture
def one_file(tools):
    """Return the script as a module."""
    return tools("one_file")


@pytest.fixture
def mirror(monkeypatch, one_file):
    """Return `mirror(*suites)`: the mirror serves these."""

    def mirror(*suites):
        def urlopen(url, **_options):
            suite = url.split("/")[-2]
            if suite not in suites:
                raise urllib.error.HTTPError(url, 404, "Not Found", Message(), None)
            return contextlib.nullcontext()

        monkeypatch.setattr(one_file.urllib.request, "urlopen", urlopen)

    return mirror


def test_the_oldest_suite_that_the_mirror_serves_is_taken(one_file, mirror):
    mirror("bookworm", "bullseye")
    assert one_file.oldest("http://mirror.example/debian") == "bullseye"


def test_a_mirror_without_a_suite_is_a_sentence(one_file, mirror):
    mirror()
    with pytest.raises(ProblemError, match=r"mirror\.example/debian serves none of buster"):
        one_file.oldest("http://mirror.example/debian")


def test_a_mirror_that_is_away_is_not_one_without_suites(one_file, monkeypatch):
    def urlopen(_url, **_options):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(one_file.urllib.request, "urlopen", urlopen)
    with pytest.raises(ProblemError, match="can't be reached"):
        one_file.oldest("http://mirror.example/debian")


def test_python_that_can_not_import_all_is_built_again(one_file, monkeypatch, tmp_path):
    built = []

    def inside(root, _script, log):
        built.append(log)
        (root / "opt" / "python" / "bin").mkdir(parents=True)
        (root / "opt" / "python" / "bin" / f"python{one_file.PYTHON}").touch()
        if len(built) == 1:
            sys.exit("No module named 'ssl'")

    monkeypatch.setattr(one_file, "ROOTS", tmp_path)
    monkeypatch.setattr(one_file, "fetch_source", lambda _mirror, target: target.mkdir())
    monkeypatch.setattr(one_file, "inside", inside)
    (tmp_path / "one-file-bullseye" / "build").mkdir(parents=True)
    with pytest.raises(SystemExit):
        one_file.root_with_python("bullseye", "http://mirror.example/debian")
    for _ in range(2):
        one_file.root_with_python("bullseye", "http://mirror.example/debian")
    assert len(built) == 2


def test_all_of_the_standard_library_that_the_agent_imports_is_in_the_file(tools):
    freeze = tools("freeze")
    modules = set(freeze.modules())
    imported = set().union(*(IMPORTS[module] for module in modules_of_the_agent()))
    needed = {name for name in imported if name.split(".")[0] in sys.stdlib_module_names}
    # `from collections.abc import Callable` names a module, `from http import HTTPStatus` a package.
    assert needed - modules == set()
    assert {"xml.etree.ElementTree", "encodings.idna", "lzma", "bz2", "email.mime.text"} <= modules
    assert {name.split(".")[0] for name in modules} & freeze.LEFT_OUT == set()


def test_the_lock_has_pyinstaller_with_digests():
    lock = (ROOT / "tools" / "locks" / "one-file.txt").read_text()
    entry = lock[lock.index("\npyinstaller==") :].split("\npyinstaller-hooks")[0]
    assert "--hash=sha256:" in entry
