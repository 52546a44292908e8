import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.textformat import TextProblemError, go_number, parse


def lines(text):
    return "".join(text for family in parse(text.encode()).families for text in family.series.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 1\n", "a 1\n"),
        ("", ""),
        ("\n  \n\t a\t1\n  ", "a 1\n"),
        ("a{} +inf\n", "a +Inf\n"),
        ('a {b="c" , d = "e",} .5e1\n', 'a{b="c",d="e"} 5\n'),
        ('a{b="}"} nan\n', 'a{b="}"} NaN\n'),
        ("# a comment\n#\n# HELP\n# TYPE \n#HELP a\n# TYPE a\na 1\n", "a 1\n"),
        ("a+1\n", "a 1\n"),
        ("a:b 1\n", "a:b 1\n"),
        ("# TYPE a GAUGE\na 1\n", "a 1\n"),
    ],
)
def test_what_is_taken(text, expected):
    assert lines(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a\n", "a \n", "a 1 \n", "a 1\r\n", "a 1 x\n", "a 1 1 x\n", "a 0x1\n", "a 1_0\n", "a 1e999\n", "a +nan\n",
        "a \u0661\n",
        "9a 1\n", "{} 1\n", 'a{b="c} 1\n', 'a{b="\\x"} 1\n', 'a{b="c" d="e"} 1\n', 'a{b="1",b="2"} 1\n', "a{,} 1\n",
        'a{__name__="b"} 1\n', 'a{9="b"} 1\n', "a{b=c} 1\n", "# TYPE a thing\n", "# TYPE a gauge \na 1\n",
        "# TYPE a gauge\n# TYPE a gauge\n", "a 1\n# TYPE a gauge\n", "# HELP a b\n# HELP a b\n", "# HELP a \\x\n",
        "# HELP a b\\\n", "# HELP 9 b\n", "# TYPE a,b gauge\n", "# TYPE a histogram\na_bucket 1\n",
        '# TYPE a summary\na{quantile="x"} 1\n', "a 1\n\0\n",
    ],
)  # fmt: skip
def test_what_is_refused(text):
    with pytest.raises(TextProblemError) as caught:
        parse(text.encode())
    assert caught.value.reason == "parse"


def test_labels_must_be_utf_8_and_help_is_made_so():
    with pytest.raises(TextProblemError, match="line 2"):
        parse(b'a 1\nb{c="\xff"} 1\n')
    (family,) = parse(b"# HELP a \xff\\n\na 1\n").families
    assert family.help == "\ufffd\n"


def test_a_message_names_the_line():
    with pytest.raises(TextProblemError, match="line 3: '-' is no number"):
        parse(b"a 1\nb 2\nc -\n")
    with pytest.raises(TextProblemError, match="timestamp of its own") as caught:
        parse(b"a 1 5\n")
    assert caught.value.reason == "timestamp"


def test_histograms_and_summaries_come_out_as_node_exporter_prints_them():
    text = '# TYPE h histogram\nh_bucket{le="1600000",a="b"} 2\nh_bucket{a="b",le="5.0"} 1\nh_count{a="b"} 3\n'
    assert lines(text) == (
        'h_bucket{a="b",le="5"} 1\nh_bucket{a="b",le="1.6e+06"} 2\nh_bucket{a="b",le="+Inf"} 3\n'
        'h_sum{a="b"} 0\nh_count{a="b"} 3\n'
    )
    text = '# TYPE s summary\ns{quantile="0.9"} 2\ns{quantile="0.50"} 1\ns_sum 7\n'
    assert lines(text) == 's{quantile="0.5"} 1\ns{quantile="0.9"} 2\ns_sum 7\ns_count 0\n'


def test_a_sample_that_is_there_twice_counts_once():
    parsed = parse(b'a{x="1",y="2"} 1\na{y="2",x="1",z=""} 2\n# TYPE s summary\ns_sum 0\ns_sum 1\n')
    assert parsed.duplicates == 2
    assert parsed.first_duplicate == 'a{y="2",x="1",z=""} 2'
    assert [list(family.series.values()) for family in parsed.families] == [
        ['a{x="1",y="2"} 1\n'],
        ["s_sum 0\ns_count 0\n"],
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(409600, "409600"), (1638400, "1.6384e+06"), (1e-4, "0.0001"), (1e-5, "1e-05"), (123456789, "1.23456789e+08")],
)
def test_numbers_as_go_prints_them(value, text):
    assert go_number(value) == text


@given(st.floats(allow_nan=False))
def test_no_number_loses_anything(value):
    assert float(go_number(value)) == value
    assert not math.isnan(value)


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused(content):
    with suppress(TextProblemError):
        parse(content)
