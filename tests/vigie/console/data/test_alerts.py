"""Alerts and silences as rows."""

from datetime import UTC, datetime

from vigie.console.data.alerts import alerts_of_host, to_alerts, to_silences

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def firing(name, state="firing", **labels):
    since = "2026-01-02T03:04:05.678Z"
    return {"labels": {"alertname": name, **labels}, "annotations": {}, "state": state, "activeAt": since}


ALERTS = [
    firing("DiskFull", "pending", host="web-1", dc="eu", severity="critical"),
    firing("Watchdog", severity="none"),
    firing("CPUHigh", severity="warning", replica="a"),
    firing("HostDown", severity="critical", host="web-2", dc="eu"),
]
RULES = {"groups": [{"rules": [{"alerts": ALERTS}]}]}


def test_alerts_come_worst_first_with_what_holds_them_back():
    routed = [{"labels": {"alertname": "CPUHigh", "severity": "warning"}, "status": {"silencedBy": ["x"]}}]
    rows = to_alerts(RULES, routed)
    assert [alert.name for alert in rows] == ["HostDown", "CPUHigh", "DiskFull"]
    assert rows[1].silenced_by == ("x",)
    assert rows[2].since == NOW.timestamp()
    assert [alert.name for alert in alerts_of_host(rows, "eu", "web-1")] == ["DiskFull"]
    assert to_alerts(None) == []


def test_silences_that_are_over_are_left_out():
    def silence(state):
        matcher = {"name": "host", "value": "web", "isRegex": False, "isEqual": False}
        times = {"startsAt": "2026-01-02T03:04:05Z", "endsAt": "2026-01-02T04:04:05Z"}
        return {"id": state, "status": {"state": state}, "matchers": [matcher], "createdBy": "me", **times}

    rows = to_silences([silence("expired"), silence("active")])
    assert [(row.identity, row.matchers) for row in rows] == [("active", ('host!="web"',))]
