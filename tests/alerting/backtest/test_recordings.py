"""Recordings that a history lacks: their own query in their place means the same."""

import pytest

from alerting.backtest import run as running
from alerting.backtest.history import History, Window
from alerting.backtest.recordings import DEEPEST, Recording, fill_in
from alerting.backtest.rules import list_recordings, list_rules
from tests.alerting.backtest.history_blocks import STEP_SECONDS, STEPS, connect, start_with
from vigie.core.http.fetch_failure import FetchError, FetchFailure
from vigie.core.promql import expression as promql

FREE = "avg_over_time(node_filesystem_avail_bytes[2m]) / 2^32"
RECORDINGS = {
    "disk:free": [Recording(FREE, 30_000, {})],
    "disk:worst": [Recording("min by (host) (disk:free)", 60_000, {"of": "disk's", "price": "5$"})],
    "target:up": [
        Recording('up{job="node"}', 30_000, {"sort": "machine"}),
        Recording('up{job="web"} # of the shop', 30_000, {"sort": "shop"}),
    ],
}
# What a rule asks for, and the same without recordings.
EQUAL = [
    ("disk:free < 20", f"({FREE}) < 20"),
    ("max_over_time(disk:free[5m]) < 20", f"max_over_time(({FREE})[5m:30s]) < 20"),
    ("disk:free - disk:free offset 10m > 0", f"({FREE}) - last_over_time(({FREE})[30s:30s] offset 10m) > 0"),
    ('disk:free{host="a"} < 20', f"({FREE.replace('bytes', 'bytes{host=`a`}')}) < 20"),
    ('disk:free{host!~"a|b", dc=""} < 20', "vector(1) < 0"),
    ('disk:free{host!~"a|b",dc="par"} < 20', f"({FREE.replace('bytes', 'bytes{host=`c`}')}) < 20"),
    (
        "disk:worst < 20",
        f'label_replace(label_replace(min by (host) ({FREE}), "of", "disk\'s", "", ""), "price", "5$$", "", "") < 20',
    ),
    (
        'sum by (sort) (target:up{sort!="shop"}) < 3',
        'sum by (sort) (label_replace(up{job="node"}, "sort", "machine", "", "")) < 3',
    ),
    ("count(target:up) == 4", "count(up) == 4"),
    ('disk:free < 20 and on () (up{host="disk:free"} or up)', f"({FREE}) < 20 and on () up"),
]


def everything(_name):
    return True


@pytest.mark.integration
def test_they_mean_the_same(start_program, tmp_path):
    server, begins_ms = start_with(start_program, tmp_path)
    window = Window(begins_ms + 1_200_000, begins_ms + STEPS * STEP_SECONDS * 1000, 30_000)
    with connect(server) as client:
        history = History(client)
        for asked, expected in EQUAL:
            filled = fill_in(asked, RECORDINGS, everything)
            assert (filled.left, promql.metrics(filled.expression) & RECORDINGS.keys()) == ({}, set())
            assert answers(history, filled.expression, window) == answers(history, expected, window), asked
        assert sum(len(answers(history, expected, window)) > 0 for _, expected in EQUAL) == len(EQUAL) - 1


def answers(history, expression, window):
    return sorted(
        (sorted((name, value) for name, value in labels.items() if name != "__name__"), times)
        for piece in history.read(expression, window)
        for labels, times in piece.series
    )


def test_what_the_history_has_stays():
    filled = fill_in("disk:worst < 20", RECORDINGS, lambda name: name == "disk:worst")
    assert "(min by (host) (disk:free)\n)" in filled.expression
    assert filled.replaced == {"disk:worst"}


def test_recordings_of_recordings_are_told_too():
    assert fill_in("disk:worst < 20", RECORDINGS, everything).replaced == {"disk:worst", "disk:free"}


@pytest.mark.parametrize(
    ("asked", "recordings", "why"),
    [
        ("a:a > 1", {"a:a": "a:a + up"}, {"a:a": "it asks for itself"}),
        ("a:a > 1", {"a:a": "b:b", "b:b": "a:a"}, {"a:a": "it asks for itself"}),
        ("a:a @ end() > 1", {"a:a": "up"}, {"a:a": "the rule asks for it in a way that is not understood here"}),
        ('{__name__="a:a"} > 1', {"a:a": "up"}, {"a:a": "the rule asks for it in a way that is not understood here"}),
        (
            "r:0 > 1",
            {f"r:{depth}": f"r:{depth + 1}" for depth in range(9)},
            {f"r:{DEEPEST}": f"it is more than {DEEPEST} recordings deep"},
        ),
    ],
)
def test_what_cannot_be_filled_in_is_told(asked, recordings, why):
    known = {name: [Recording(query, 30_000, {})] for name, query in recordings.items()}
    assert fill_in(asked, known, everything).left == why


RULES = """
groups:
  - name: shop
    interval: 30s
    rules:
      - {record: "disk:worst", expr: "min by (host, dc) (disk:free)"}
      - {record: "disk:free", expr: "avg_over_time(node_filesystem_avail_bytes[2m]) / 2^32"}
      - {alert: Worst, expr: "disk:worst < 20", for: 2m}
      - {alert: Direct, expr: "min by (host, dc) (avg_over_time(node_filesystem_avail_bytes[2m]) / 2^32) < 20", for: 2m}
      - {alert: Clashes, expr: "a:a < 2"}
      - {record: "a:a", expr: "up * on (host) up"}
"""


@pytest.mark.integration
def test_a_rule_fires_as_with_the_recorded_history_and_says_what_stands_in(start_program, tmp_path):
    server, begins_ms = start_with(start_program, tmp_path)
    end_ms = begins_ms + STEPS * STEP_SECONDS * 1000
    times = running.Times(begins_ms, end_ms, begins_ms)
    recordings = list_recordings({"a": RULES}, 30_000)
    worst, direct, clashes = list_rules({"a": RULES}, 30_000)
    with connect(server) as client:
        filled = running.run_filled_in(History(client), worst, times, recordings)
        expected = running.run(History(client), direct, times)
        failed = running.run_filled_in(History(client), clashes, times, recordings)
        among_all = running.run_filled_in(History(client), worst, times, recordings, fills_in=False)
    assert [(f.start_ms, f.end_ms, dict(f.labels)["host"]) for f in filled.firings] == [
        (f.start_ms, f.end_ms, dict(f.labels)["host"]) for f in expected.firings
    ]
    assert expected.firings
    assert filled.notes == (
        "disk:free has no sample in this time: its own query stands in its place",
        "disk:worst has no sample in this time: its own query stands in its place",
    )
    assert among_all.firings == []
    assert among_all.notes == (
        "disk:worst has no sample in this time: `vigie alert backtest Worst` evaluates its own query in its place",
    )
    [note] = failed.notes
    assert note.startswith("a:a has no sample in this time, and its own query fails: ")
    assert failed.firings == []


class Refusing(History):
    """A history that finds each question too much, and counts them."""

    def __init__(self):
        self.asked = 0

    def _ask(self, *_):
        self.asked += 1
        raise FetchError("query processing would load too many samples", FetchFailure("answer", status=422))


@pytest.mark.parametrize(("shrinks", "asked"), [(True, 5), (False, 1)])
def test_a_query_that_is_too_much_is_asked_once_where_it_need_not_be_answered(shrinks, asked):
    history = Refusing()
    with pytest.raises(FetchError, match="too many samples"):
        list(history.read("up", Window(0, 10_000_000, 1_000), shrinks=shrinks))
    assert history.asked == asked
