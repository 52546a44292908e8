"""Whatever happens to one line or one file costs itself alone: a sample; `make mutations` tries every one.

The page stays valid, has no series twice, what the change does not concern stays as it was, the exporter lives.
"""

import pytest

from exporter.registry import find_collectors

from .mutated_host import MutatedHost
from .mutation_checks import broken_folders, broken_promises
from .mutations import choose

COLLECTORS = find_collectors()
FILES, LINES, WORDS = 5, 3, 1


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    return MutatedHost(tmp_path_factory.mktemp("mutated"))


@pytest.mark.parametrize("name", COLLECTORS)
def test_one_bad_thing_costs_itself_alone(name, host, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    files = host.files_of(COLLECTORS[name])
    chosen = [files[place] for place in choose(name, len(files), FILES)]
    problems = list(broken_promises(host, COLLECTORS[name], chosen, LINES, WORDS))
    assert not problems, "\n".join(["", *problems])


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_folder_that_cannot_be_listed_costs_no_more_than_one_that_is_gone(name, host, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    problems = list(broken_folders(host, COLLECTORS[name]))
    assert not problems, "\n".join(["", *problems])


def test_the_collectors_files_are_found(host):
    assert sum(len(host.files_of(kind)) for kind in COLLECTORS.values()) > 400
    assert sum(len(host.folders_of(kind)) for kind in COLLECTORS.values()) > 60
