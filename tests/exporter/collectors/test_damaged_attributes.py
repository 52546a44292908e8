"""Any bytes in the one-line files of /sys give values or a clean failure, never a broken page."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import exporter.kernel.files
from exporter.base.collector import NotApplicableError
from exporter.registry import find_collectors

COLLECTORS = find_collectors()
LINE = re.compile(
    rb"# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* [^\n]*"
    rb'|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? ([0-9.e+-]+|NaN|[+-]Inf)'
)
GARBAGE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "-1", "nan", "inf", "1e999", "0x", "0xff", "9" * 400, "\u00b2", "\u0661"]),
)


@pytest.mark.parametrize("name", COLLECTORS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_garbage_in_an_attribute_never_breaks_the_page(name, data, supplies, monkeypatch):
    read = exporter.kernel.files.read_text
    every = data.draw(st.integers(1, 40))
    reads = iter(range(10**9))

    def damaged(path):
        text = read(path)
        return data.draw(GARBAGE).encode("utf-8", "replace").decode().strip() if next(reads) % every == 0 else text

    monkeypatch.setattr(exporter.kernel.files, "read_text", damaged)
    supplies.begin_scrape()
    try:
        collector = supplies.make(COLLECTORS[name])
        page = collector.page()
    except (NotApplicableError, OSError, ValueError, OverflowError):
        return
    finally:
        monkeypatch.undo()
    collector.close()
    for line in page.split(b"\n"):
        assert not line or LINE.fullmatch(line), line
