"""Any bytes in a file of the kernel give values or a clean failure, never a broken page."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.base.collector import NotApplicableError
from exporter.registry import find_collectors

COLLECTORS = find_collectors()
LINE = re.compile(
    rb"# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* [^\n]+"
    rb'|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? ([0-9.e+-]+|NaN|[+-]Inf)'
)


def damaged(original):
    """Bytes near to `original`: a part of it cut out, doubled, or overwritten, or anything at all."""
    places = st.tuples(st.integers(0, len(original)), st.integers(0, len(original)), st.binary(max_size=20))
    edited = places.map(lambda edit: original[: edit[0]] + edit[2] + original[edit[1] :])
    return st.one_of(edited, st.binary(max_size=300))


@pytest.mark.parametrize("name", COLLECTORS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_never_breaks_the_page(name, data, supplies, monkeypatch):
    import exporter.kernel.files  # noqa: PLC0415

    read = exporter.kernel.files.KernelFile.read
    monkeypatch.setattr(exporter.kernel.files.KernelFile, "read", lambda self: data.draw(damaged(read(self))))
    supplies.begin_scrape()
    collector = supplies.make(COLLECTORS[name])
    try:
        page = collector.page()
    except (NotApplicableError, OSError, ValueError):
        return
    finally:
        monkeypatch.undo()
        collector.close()
    for line in page.splitlines() if b"\r" not in page else page.split(b"\n"):
        assert not line or LINE.fullmatch(line), line
