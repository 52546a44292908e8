"""bcache and bcachefs: numbers written for people."""

import pytest

from exporter.collectors import bcache, bcachefs
from exporter.collectors.bcache import Bcache, BcacheOptions

SET = "sys/fs/bcache/4b1a7c52-93d0-4f6e-8a21-5c0e7d9b3f18"


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("1873", 1873), ("2.0k", 2048), ("-17.5k", -int((17 + 5 / 10.24) * 1024)), ("3.0T", 3 * 2**40)],
)
def test_bcache_numbers(text, value):
    assert bcache.parse_human(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("720", 720), ("1.5k", 1536), ("2.00M", 2**21), ("1.5", 1), ("44T", 44 << 40)]
)
def test_bcachefs_numbers(text, value):
    assert bcachefs.parse_human(text) == value


@pytest.mark.parametrize("parse", [bcache.parse_human, bcachefs.parse_human])
@pytest.mark.parametrize("text", ["", "k", "1.5q", "1,5k", "nan", "1e9"])
def test_what_is_no_number_is_an_error(parse, text):
    with pytest.raises(ValueError, match="expected a number"):
        parse(text)


def test_duration_is_in_seconds_and_absent_attributes_have_no_series(tree):
    roots = tree({f"{SET}/internal/btree_read_average_duration_us": "1873\n"})
    assert Bcache(roots).page().decode().splitlines()[2:] == [
        f'node_bcache_btree_read_average_duration_seconds{{uuid="{SET[-36:]}"}} 0.001873'
    ]


def test_priority_stats_are_read_when_asked_for(roots):
    key = 'node_bcache_priority_stats_unused_percent{cache_device="cache0"'
    assert key not in Bcache(roots).page().decode()
    assert key in Bcache(roots, BcacheOptions(priorityStats=True)).page().decode()


def test_errors_of_a_device_are_those_since_its_creation():
    text = "IO errors since filesystem creation\n  read:    19\nIO errors since 8 y ago\n  read:    7\n"
    assert list(bcachefs.parse_pairs(text)) == [
        ("IO errors since filesystem creation", "read", "19"),
        ("IO errors since 8 y ago", "read", "7"),
    ]
