"""Every change of every file that a collector reads (`make mutations`), and what promtool says of a sample."""

import subprocess

import pytest

from exporter.registry import find_collectors
from vigie.stack.servers import find

from .conftest import fixed_supplies
from .mutated_host import REFUSED, MutatedHost
from .mutation_checks import broken_promises
from .mutations import mutations

COLLECTORS = find_collectors()
LINES, WORDS = 1000, 3


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    return MutatedHost(tmp_path_factory.mktemp("mutated"))


@pytest.mark.parametrize("name", COLLECTORS)
def test_one_bad_thing_costs_itself_alone(name, host, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    problems = list(broken_promises(host, COLLECTORS[name], host.files_of(COLLECTORS[name]), LINES, WORDS))
    assert not problems, "\n".join(["", *problems])


@pytest.mark.parametrize("name", COLLECTORS)
def test_promtool_reads_the_pages(name, host):
    for file in host.files_of(COLLECTORS[name])[:2]:
        content = (host.folder / file).read_bytes()
        for mutation in list(mutations(file, content, 2, 1))[::9]:
            with host.changed(file, mutation.content):
                page = text_of(host, COLLECTORS[name])
            checked = subprocess.run(
                [find("promtool").path, "check", "metrics"], input=page, capture_output=True, check=False
            )
            # 3 are remarks about names, which are the kernel's.
            assert checked.returncode in {0, 3}, (mutation, checked.stderr)


def text_of(host, kind):
    supplies = fixed_supplies(host.roots, host.inventory)
    try:
        return supplies.make(kind).page()
    except REFUSED:
        return b""
    finally:
        supplies.close()
