"""The silence that a form asks for."""

from datetime import UTC, datetime

import pytest

from vigie.console.web import downtime

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_downtime_of_a_form():
    body = downtime.silence(["host=web-1", ' alertname =~ "Disk.*" ', ""], "2h", " new disk ", "ada", NOW)
    assert body["matchers"] == [
        {"name": "host", "value": "web-1", "isRegex": False, "isEqual": True},
        {"name": "alertname", "value": "Disk.*", "isRegex": True, "isEqual": True},
    ]
    assert (body["startsAt"], body["endsAt"]) == ("2026-01-02T03:04:05+00:00", "2026-01-02T05:04:05+00:00")
    assert (body["createdBy"], body["comment"]) == ("ada", "new disk")


@pytest.mark.parametrize(
    ("lines", "duration", "comment", "error"),
    [
        ([], "2h", "why", "at least a line that wants a value"),
        (["host=~.*"], "2h", "why", "at least a line that wants a value"),
        (["host!=web"], "2h", "why", "at least a line that wants a value"),
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
