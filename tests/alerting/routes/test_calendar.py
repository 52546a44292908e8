"""Days and times: what Alertmanager takes, what becomes two intervals, and what is refused before it would."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from alerting.routes.calendar import DAYS, find_faults, make_intervals
from alerting.routes.reading import read_downtimes, read_routes
from alerting.tools import amtool
from tests.alerting.routes.test_render import FULL, write_files
from vigie.core.errors import UsageProblemError
from vigie.stack.servers import find

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def is_within(intervals, moment):
    """Tell whether a moment lies in one of the intervals, by Alertmanager's rules; days of the month aside."""
    day, minute = (moment.weekday() + 1) % 7, f"{moment:%H:%M}"
    for interval in intervals:
        ranges = [text.partition(":") for text in interval.get("weekdays", ["sunday:saturday"])]
        days = {n for first, _, last in ranges for n in range(DAYS.index(first), DAYS.index(last or first) + 1)}
        if day in days and any(time["start_time"] <= minute < time["end_time"] for time in interval["times"]):
            return True
    return False


@pytest.mark.parametrize(
    ("start", "end", "weekdays", "inside", "outside"),
    [
        ("08:00", "18:00", ["monday:friday"], ["0 08:00", "4 17:59"], ["0 07:59", "0 18:00", "5 12:00"]),
        ("22:00", "06:00", [], ["0 22:00", "1 05:59", "6 23:00"], ["0 06:00", "0 21:59"]),
        ("22:00", "06:00", ["friday"], ["4 22:00", "5 05:59"], ["4 05:00", "5 22:00", "4 21:59"]),
        ("22:00", "06:00", ["saturday"], ["5 23:00", "6 03:00"], ["0 03:00"]),
        ("22:00", "06:00", ["monday:saturday"], ["5 23:00", "6 03:00", "0 23:00"], ["0 03:00", "6 23:00"]),
        ("22:00", "00:00", ["friday"], ["4 23:59"], ["5 00:00"]),
        ("00:00", "24:00", ["friday:sunday"], ["4 00:00", "5 12:00", "6 23:59"], ["3 23:59", "0 00:00"]),
    ],
)
def test_the_moments_that_lie_within(start, end, weekdays, inside, outside):
    intervals = make_intervals(start, end, "UTC", weekdays)

    def moment(text):
        day, time = text.split()
        hour, minute = time.split(":")
        return MONDAY + timedelta(days=int(day), hours=int(hour), minutes=int(minute))

    assert [text for text in inside if not is_within(intervals, moment(text))] == []
    assert [text for text in outside if is_within(intervals, moment(text))] == []


@pytest.mark.parametrize(
    ("given", "setting", "words"),
    [
        (("22:00", "06:00", "UTC", (), ("1",)), "to", "expected two entries"),
        (("24:00", "06:00", "UTC"), "from", "expected 00:00"),
        (("08:00", "18:00", "Europe/Pariss"), "timezone", "Europe/Pariss is not known here"),
        (("08:00", "18:00", "../../etc/passwd"), "timezone", "is not known here"),
        (("08:00", "18:00", "UTC", ("mon",)), "weekdays", "mon: expected days as monday"),
        (("08:00", "18:00", "UTC", (), ("0",)), "days_of_month", "0: expected days as 1, -1 or 1:7"),
    ],
)
def test_what_alertmanager_would_refuse(given, setting, words):
    [(place, sentence)] = find_faults(*given)
    assert place == setting
    assert words in sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {match: [x=y], comment: c, from: '29:00'}", "from"),
        ("a: {match: [x=y], comment: c}\na: {match: [x=z], comment: c}", "line 2: a is there twice"),
        ("a: {match: ['x=~\"(\"'], comment: c}", "downtimes.yml:1: a.match: matcher 'x=~\"(\"': expected a regular"),
        ("a:\n  match: [x]\n  comment: c", "downtimes.yml:2: a.match: matcher 'x': expected name=value"),
        ("a: {match: [x=y], comment: c, timezone: Moon}", "a.timezone: Moon is not known here"),
        ("a: [", "expected a readable YAML file"),
        ("- a", "Expected `object`"),
    ],
)
def test_a_wrong_downtime_is_named_with_file_and_line(tmp_path, text, words):
    (tmp_path / "downtimes.yml").write_text(text)
    with pytest.raises(UsageProblemError, match=re.escape(words)):
        read_downtimes(tmp_path / "downtimes.yml")


@pytest.mark.parametrize("text", ["", "# none\n", "{}"])
def test_a_file_of_comments_has_no_downtimes(tmp_path, text):
    (tmp_path / "downtimes.yml").write_text(text)
    assert read_downtimes(tmp_path / "downtimes.yml") == {}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("teams:", "teams: {}\nteams:", "teams is there twice"),
        ("timezone: Europe/Paris", "timezone: Mars", "hours.business.timezone: Mars is not known here"),
        ('"monday:friday"', "mon", "hours.business.days: mon: expected days as monday"),
        ("inbox: {inbox: true}", "nobody: {inbox: true}", "receivers.nobody: it tells nobody, and is there already"),
        ("'host=~\".+\"'", "'host=~\"(\"'", "inhibitions.0.target: matcher"),
    ],
)
def test_routes_say_the_same(tmp_path, before, after, words):
    (tmp_path / "routes.yml").write_text(FULL.replace(before, after, 1))
    with pytest.raises(UsageProblemError, match=re.escape(words)):
        read_routes(tmp_path / "routes.yml")


@pytest.mark.integration
def test_amtool_accepts_what_goes_over_midnight(tmp_path):
    text = "night: {match: ['job=\"db\"'], comment: backup, from: '22:00', to: '06:00', weekdays: [friday:sunday]}"
    (tmp_path / "downtimes.yml").write_text(text)
    file = write_files(tmp_path, FULL, downtimes=read_downtimes(tmp_path / "downtimes.yml"))
    amtool.check_config(find("amtool").path, file)
    [night] = [
        interval
        for interval in yaml.safe_load(file.read_text())["time_intervals"]
        if interval["name"] == "downtime-night"
    ]
    assert len(night["time_intervals"]) == 2
