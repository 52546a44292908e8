"""Small pure pieces: ranges, charts' queries, plots, alerts, downtimes, catalogue, discovery, troubles."""

from datetime import UTC, datetime

import promql_parser
import pytest

from vigie.console.data import catalogue, charts, containers, fleet_queries
from vigie.console.data.alerts import alerts, of_host, silences
from vigie.console.data.cache import Reading
from vigie.console.data.plotting import aligned, telling
from vigie.console.data.prometheus import Range, Sample, Series, quoted
from vigie.console.pages.discovery import counts, joined
from vigie.console.web import downtime, timerange
from vigie.console.web.page_context import troubles
from vigie.core.promql import catalogue as known_metrics
from vigie.core.promql.expression import check

HOSTILE = 'web"} or vector(1) #\n\\'
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def every_query():
    yield from fleet_queries.QUERIES.values()
    yield from containers.QUERIES.values()
    yield catalogue.COUNTS
    for kind, chosen in charts.SETS.items():
        for chart in chosen.values():
            for line in chart.lines:
                yield charts.filled(line, charts.selector(kind, {"dc": "eu", "instance": "w", "name": "c"}), "120s")


@pytest.mark.parametrize("query", list(every_query()))
def test_every_query_parses_and_asks_for_metrics_that_somebody_emits(query):
    assert check(query, known_metrics.load()) == []


def test_names_from_outside_stay_inside_their_quotes():
    select = charts.selector("host", {"dc": "eu", "instance": HOSTILE})
    parsed = promql_parser.parse(f"up{{{select}}}")
    assert isinstance(parsed, promql_parser.VectorSelector)
    assert quoted('a"b') == '"a\\"b"'
    line = charts.Line("rate(x{SELECT}[WINDOW])", "")
    assert "SELECT" in charts.filled(line, charts.selector("host", {"dc": "SELECT", "instance": "WINDOW"}), "120s")


def test_ranges_of_an_address():
    assert timerange.parse({"range": "3h"}, 20_000).parameters == {"range": "3h"}
    assert timerange.parse({"range": "<script>"}, 20_000).name == "1h"
    chosen = timerange.parse({"from": "1000", "to": "4600"}, 20_000)
    assert (chosen.name, chosen.start, chosen.end) == ("", 1000, 4600)
    assert chosen.range == Range(990, 4590, 15)
    for nonsense in ({"from": "5", "to": "1"}, {"from": "nan", "to": "9"}, {"from": "0", "to": "1e300"}):
        assert timerange.parse(nonsense, 20_000).name == "1h"


def test_points_are_few_and_rates_span_them():
    for name in timerange.CHOICES:
        chosen = timerange.parse({"range": name}, 1e9)
        found = chosen.range
        assert 60 <= (found.end - found.start) / found.step <= 620
        assert 0 <= chosen.end - found.end <= 15
        assert float(chosen.window.removesuffix("s")) >= max(120, found.step)


def test_series_are_put_on_one_list_of_times():
    points = Series({"mode": "user"}, ((10, 1.0), (30, float("inf"))))
    assert aligned([("user", points)], Range(10, 30, 10)) == {
        "times": [10, 20, 30],
        "names": ["user"],
        "lines": [[1.0, None, None]],
        "cut": 0,
    }
    assert aligned([("x", points)] * 40, Range(10, 30, 10))["cut"] == 10


def test_series_are_called_by_what_tells_them_apart():
    both = [Series({"__name__": "up", "job": "node", "cpu": number}, ()) for number in "01"]
    assert telling(both) == ['{cpu="0"}', '{cpu="1"}']
    assert telling(both[:1]) == ['up{cpu="0", job="node"}']
    assert telling([]) == []


def firing(name, state="firing", **labels):
    since = "2026-01-02T03:04:05.678Z"
    return {"labels": {"alertname": name, **labels}, "annotations": {}, "state": state, "activeAt": since}


FOUND = [
    firing("DiskFull", "pending", host="web-1", dc="eu", severity="critical"),
    firing("Watchdog", severity="none"),
    firing("CPUHigh", severity="warning", replica="a"),
    firing("HostDown", severity="critical", host="web-2", dc="eu"),
]
RULES = {"groups": [{"rules": [{"alerts": FOUND}]}]}


def test_alerts_come_worst_first_with_what_holds_them_back():
    routed = [{"labels": {"alertname": "CPUHigh", "severity": "warning"}, "status": {"silencedBy": ["x"]}}]
    found = alerts(RULES, routed)
    assert [one.name for one in found] == ["HostDown", "CPUHigh", "DiskFull"]
    assert found[1].silenced_by == ("x",)
    assert found[2].since == NOW.timestamp()
    assert [one.name for one in of_host(found, "eu", "web-1")] == ["DiskFull"]
    assert alerts(None) == []


def test_silences_that_are_over_are_left_out():
    def silence(state):
        matcher = {"name": "host", "value": "web", "isRegex": False, "isEqual": False}
        times = {"startsAt": "2026-01-02T03:04:05Z", "endsAt": "2026-01-02T04:04:05Z"}
        return {"id": state, "status": {"state": state}, "matchers": [matcher], "createdBy": "me", **times}

    found = silences([silence("expired"), silence("active")])
    assert [(one.identity, one.matchers) for one in found] == [("active", ('host!="web"',))]


def test_a_downtime_of_a_form():
    made = downtime.silence(["host=web-1", ' alertname =~ "Disk.*" ', ""], "2h", " new disk ", "ada", NOW)
    assert made["matchers"] == [
        {"name": "host", "value": "web-1", "isRegex": False, "isEqual": True},
        {"name": "alertname", "value": "Disk.*", "isRegex": True, "isEqual": True},
    ]
    assert (made["startsAt"], made["endsAt"]) == ("2026-01-02T03:04:05+00:00", "2026-01-02T05:04:05+00:00")
    assert (made["createdBy"], made["comment"]) == ("ada", "new disk")


@pytest.mark.parametrize(
    ("lines", "duration", "comment", "error"),
    [
        ([], "2h", "why", "at least that wants a value"),
        (["host=~.*"], "2h", "why", "at least that wants a value"),
        (["host!=web"], "2h", "why", "at least that wants a value"),
        (["host web"], "2h", "why", "is not name=value"),
        (["host=~("], "2h", "why", "is no regular expression"),
        (["host=web"], "soon", "why", "is no duration"),
        (["host=web"], "90d", "why", "expected between"),
        (["host=web"], "nan", "why", "expected between"),
        (["host=web"], "2h", " ", "expected a reason"),
    ],
)
def test_a_mistake_in_a_form_is_a_sentence(lines, duration, comment, error):
    with pytest.raises(ValueError, match=error):
        downtime.silence(lines, duration, comment, "ada", NOW)


def test_the_catalogue():
    metadata = {"http_seconds": [{"type": "histogram", "help": "Time of a request.", "unit": ""}]}
    samples = [Sample({"__name__": name}, 3) for name in ("http_seconds_bucket", "node_disk_read_bytes_total", "up")]
    found = catalogue.metrics(metadata, samples)
    assert [(one.name, one.type, one.unit, one.series) for one in found] == [
        ("http_seconds_bucket", "histogram", "seconds", 3),
        ("node_disk_read_bytes_total", "", "bytes", 3),
        ("up", "", "", 3),
    ]
    assert [one.name for one in catalogue.matching(found, "request HTTP")] == ["http_seconds_bucket"]
    assert [catalogue.expression(one) for one in found] == [
        "histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket[5m])))",
        "rate(node_disk_read_bytes_total[5m])",
        "up",
    ]


def test_targets_beside_their_scrapes():
    def target(instance, **more):
        return {"job": "node", "dc": "eu", "instance": instance, "host": instance, "status": "seen", **more}

    targets = [target(name, address="a:1") for name in ("well", "dead", "mute")]
    targets += [target("kept", address="a:1", status="held"), target("probe", address=None)]
    scrapes = {
        "activeTargets": [
            {"labels": {"job": "node", "dc": "eu", "instance": name}, "health": health, "lastError": error}
            for name, health, error in (("well", "up", ""), ("dead", "down", "refused"), ("kept", "up", ""))
        ]
    }
    found = joined(targets, scrapes)
    assert [(one.name, one.scrape) for one in found] == [
        ("kept", "up"),
        ("dead", "down"),
        ("mute", "not_scraped"),
        ("well", "up"),
        ("probe", "probed"),
    ]
    assert found[1].error == "refused"
    assert counts(found, 2) == {"targets": 5, "up": 2, "down": 1, "not_scraped": 1, "held": 1, "lost": 0, "refused": 2}
    assert {one.scrape for one in joined(targets, None)} == {"unknown"}


def test_what_is_old_or_missing_is_said_once():
    readings = {
        "a": Reading([], 90.0, "Prometheus does not answer"),
        "b": Reading([], 80.0, "Prometheus does not answer"),
        "c": Reading(None, 0.0, "discovery does not answer"),
        "d": Reading([], 99.0),
    }
    assert troubles(readings, 100.0) == [
        "Prometheus does not answer. What it last said is shown, 20 s old.",
        "discovery does not answer. What it says is missing here.",
    ]
