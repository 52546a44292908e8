import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.exposition.text import (
    Block,
    Family,
    Memo,
    Sample,
    Sheet,
    by_family,
    digits,
    escape,
    labels,
    number,
    render,
)
from exporter.parsing import items

LOAD = Family("load", "gauge", "A load.", ("cpu",))


def test_render_groups_by_family_and_leaves_out_empty_labels():
    other = Family("other", "counter", "Another\nwith \\ and two lines.")
    text = render([Sample(LOAD, 1, ("0",)), Sample(other, 2.5), Sample(LOAD, 3, ("",))])
    assert text.decode() == (
        "# HELP load A load.\n# TYPE load gauge\n"
        'load{cpu="0"} 1\n'
        "load 3\n"
        "# HELP other Another\\nwith \\\\ and two lines.\n# TYPE other counter\n"
        "other 2.5\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (0.25, "0.25"),
        (1e300, "1e+300"),
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_escape():
    assert escape('a"b\\c\nd') == 'a\\"b\\\\c\\nd'
    assert escape("\udcff") == "\ufffd"
    assert escape("\ud800") == "?"
    assert escape("a\0b") == "a\ufffdb"


@given(st.text())
def test_escaped_value_keeps_its_line_and_its_quotes(value):
    text = labels(("a",), (value,))
    assert "\n" not in text
    inner = text[4:-2]
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")


def test_block_fills_its_template_and_makes_a_new_one_for_other_keys():
    block = Block(LOAD, Family("ms", "counter", "Time.", ("cpu",), "%.3f"))
    first = block.render([("0",), ("1%d",)], by_family([(1, 0.5), (2, 1.5)]))
    assert first.decode() == (
        '# HELP load A load.\n# TYPE load gauge\nload{cpu="0"} 1\nload{cpu="1%d"} 2\n'
        '# HELP ms Time.\n# TYPE ms counter\nms{cpu="0"} 0.500\nms{cpu="1%d"} 1.500\n'
    )
    assert block.render([("0",)], by_family([(3, 2)])).decode().count("\n") == 6
    assert block.render([], []) == b""


def test_block_refuses_a_wrong_number_of_values():
    with pytest.raises(TypeError):
        Block(LOAD).render([("0",)], [1, 2])


def test_memo_makes_its_text_again_only_for_another_key():
    memo, calls = Memo(), []

    def samples(value):
        calls.append(value)
        return [Sample(LOAD, value, ("0",))]

    assert memo.get("a", lambda: samples(1)) == memo.get("a", lambda: samples(2))
    assert b" 3\n" in memo.get("b", lambda: samples(3))
    assert calls == [1, 3]


@pytest.mark.parametrize("token", [b"-1", b"1.5", b"x", b"\xd9\xa1", b"1 2"])
def test_digits_takes_nothing_but_digits(token):
    assert digits([b"0", b"12"]) == [b"0", b"12"]
    with pytest.raises(ValueError, match="expected digits"):
        digits([b"1", token])


def test_a_sheet_groups_series_by_family_and_follows_their_changes():
    first, two = Family("a", "gauge", "100 %.", ("x",)), Family("b", "counter", "B.", form="%.1f")
    sheet = Sheet()
    text = b'# HELP a 100 %%.\n# TYPE a gauge\na{x="1%%"} %d\na{x="2"} %d\n# HELP b B.\n# TYPE b counter\nb %.1f\n'
    series = [(first, ("1%",)), (two, ()), (first, ("2",))]
    assert sheet.render(series, [3, 4, 5]) == text % (3, 5, 4)
    assert sheet.render(list(series), [6, 7, 8]) == text % (6, 8, 7)
    assert sheet.render(series[1:2], [9]) == b"# HELP b B.\n# TYPE b counter\nb 9.0\n"
    assert sheet.render([], []) == b""


def test_a_family_stands_once_on_a_sheet_whoever_describes_it():
    first = Family("a", "gauge", "One.", ("x",))
    other_help, other_kind = first._replace(help="Two."), first._replace(kind="counter")
    skipped = items.begin()
    series = [(first, ("1",)), (other_help, ("2",)), (other_help, ("1",)), (other_kind, ("3",))]
    page = Sheet().render(series, [1, 2, 3, 4])
    assert page == b'# HELP a One.\n# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n'
    assert skipped.count == 2
