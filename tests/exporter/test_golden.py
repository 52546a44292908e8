"""Each collector's text on the fixture tree is its golden file; `--update-goldens` writes them anew.

`tests/integration/test_parity.py` holds the same tree against the real node_exporter.
"""

from pathlib import Path

import pytest

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.registry import find_collectors

GOLDEN = Path(__file__).parent.parent / "golden"
COLLECTORS = find_collectors()


@pytest.mark.parametrize("name", COLLECTORS)
def test_collector_gives_its_golden_text(name, supplies, request, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    collector = supplies.make(COLLECTORS[name])
    text = collector.page()
    collector.close()
    path = GOLDEN / f"{name}.prom"
    if request.config.getoption("--update-goldens"):
        path.write_bytes(text)
    if not path.is_file():
        pytest.skip("no golden file yet: test_collectors_complete.py says how to write it")
    assert text.decode() == path.read_text()


@pytest.mark.parametrize("name", COLLECTORS)
def test_empty_tree_is_a_clean_failure(name, tree):
    # Nothing there at all: a collector says so, or fails as a whole, and never with half a page.
    supplies = Supplies(tree({}))
    try:
        collector = supplies.make(COLLECTORS[name])
        text = collector.page()
    except (NotApplicableError, OSError, ValueError):
        return
    assert b"nan" not in text.lower()
