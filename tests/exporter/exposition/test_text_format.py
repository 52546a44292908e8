import math
import re
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.base.calls import Clock
from exporter.base.roots import Roots
from exporter.collectors.textfile import Textfile, TextfileOptions
from exporter.exposition.text_family import go_number
from exporter.exposition.text_format import TextProblemError, parse
from vigie.stack.servers import find


def lines(text):
    return "".join(text for family in parse(text.encode()).families for text in family.series.values())


TAKEN = [
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
    ('{"a"} 1\n{"b",c="d"} 2\n{"c"="d" , "e" ,} 3\n', 'a 1\nb{c="d"} 2\ne{c="d"} 3\n'),
    ('# TYPE "a" counter\na{"b"="c"} 1\n', 'a{b="c"} 1\n'),
]


@pytest.mark.parametrize(("text", "expected"), TAKEN)
def test_what_is_taken(text, expected):
    assert lines(text) == expected


REFUSED = [
        "a\n", "a \n", "a 1 \n", "a 1\r\n", "a 1 x\n", "a 1 1 x\n", "a 0x1\n", "a 1_0\n", "a 1e999\n", "a +nan\n",
        "a \u0661\n",
        "9a 1\n", "{} 1\n", 'a{b="c} 1\n', 'a{b="\\x"} 1\n', 'a{b="c" d="e"} 1\n', 'a{b="1",b="2"} 1\n', "a{,} 1\n",
        'a{__name__="b"} 1\n', 'a{9="b"} 1\n', "a{b=c} 1\n", "# TYPE a thing\n", "# TYPE a gauge \na 1\n",
        "# TYPE a gauge\n# TYPE a gauge\n", "a 1\n# TYPE a gauge\n", "# HELP a b\n# HELP a b\n", "# HELP a \\x\n",
        "# HELP a b\\\n", "# HELP 9 b\n", "# TYPE a,b gauge\n",
        '# TYPE a summary\na{quantile="x"} 1\n', "a 1\n\0\n",
        '{"a.b"} 1\n', 'a{"b.c"="d"} 1\n', 'a{"b"} 1\n', '{"a","a"} 1\n', '{b="c"} 1\n', '{""} 1\n', 'a{""="b"} 1\n',
        'a{"b"="1",b="2"} 1\n', '# TYPE "a.b" gauge\n', 'a{"__name__"="b"} 1\n',
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
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


# What we refuse and node_exporter takes: it leaves such samples out without a word.
ONLY_OURS = {"a 1\n\0\n"}


@pytest.mark.integration
def test_node_exporter_takes_and_refuses_the_same(start_program, tmp_path):
    texts = {f"{tmp_path}/{place:02}.prom": text for place, text in enumerate([text for text, _ in TAKEN] + REFUSED)}
    for path, text in texts.items():
        Path(path).write_text(text)
    peer = start_program(
        [
            find("node_exporter").path,
            "--web.listen-address=127.0.0.1:{port}",
            "--collector.disable-defaults",
            "--collector.textfile",
            f"--collector.textfile.directory={tmp_path}",
        ],
    )
    with urllib.request.urlopen(peer.url + "/metrics", timeout=10) as answer:
        page = answer.read().decode()
    theirs = {texts[path] for path in re.findall(r'node_textfile_mtime_seconds{file="(.*)"}', page)}
    assert {text for text, _ in TAKEN} == theirs - ONLY_OURS


@pytest.mark.integration
def test_promtool_reads_a_page_of_every_kind_of_file(tmp_path):
    for place, text in enumerate([text for text, _ in TAKEN] + REFUSED):
        (tmp_path / f"{place:02}.prom").write_text(text)
    (tmp_path / "a.prom").write_text(
        '# HELP h_seconds x\n# TYPE h_seconds histogram\nh_seconds_bucket{le="2.50"} 1\nh_seconds_sum 1\n'
        "h_seconds_count 1\n"
        '# HELP s_seconds x\n# TYPE s_seconds summary\ns_seconds{quantile="0.5",x="\\"\\\\\\n"} NaN\n'
    )
    page = Textfile(Roots(), Clock(), TextfileOptions(directory=(str(tmp_path),))).page()
    assert b'h_seconds_bucket{le="+Inf"} 1\n' in page
    checked = subprocess.run([find("promtool").path, "check", "metrics"], input=page, capture_output=True, check=False)
    # 3 says that the style of a name could be better; 1, that the page can't be read.
    assert checked.returncode in {0, 3}, checked.stderr
