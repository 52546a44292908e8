"""What a person and a program read of a back-test."""

import json

from alerting.backtest.report import Report, as_json, lines
from alerting.backtest.rules import Rule
from alerting.backtest.run import Backtest, Comparison, Times
from alerting.backtest.simulation import Firing

MINUTE_MS = 60_000
START_MS = 1_700_000_000_000  # 2023-11-14 22:13:20 UTC
TIMES = Times(START_MS, START_MS + 600 * MINUTE_MS, START_MS)
RULE = Rule("Down", "vigie-x.yml", "x", "up == 0", 10_000, 5 * MINUTE_MS, 0, {"severity": "warning"})


def firing(host, start_minute, end_minute, *, is_resolved=True):
    labels = (("alertname", "Down"), ("host", host), ("severity", "warning"))
    return Firing(labels, START_MS + start_minute * MINUTE_MS, START_MS + end_minute * MINUTE_MS, is_resolved)


def report(*comparisons, times=TIMES):
    return Report(comparisons, times, lambda labels: ["chat", "pager"] if labels["host"] == "a" else ["chat"])


def test_tells_when_for_whom_how_long_and_who_hears():
    backtest = Backtest(RULE, [firing("a", -5, 5), firing("b", 10, 75), firing("a", 540, 600, is_resolved=False)])
    quiet = Backtest(RULE._replace(name="Quiet"), [])
    assert list(lines(report(Comparison(backtest), Comparison(quiet)))) == [
        "from 2023-11-14 22:13:20 to 2023-11-15 08:13:20 (UTC)",
        "Down (warning, for 5m): 3 times, 2h10m in all",
        "    before  5m  to chat, pager  host=a",
        "    2023-11-14 22:23:20  1h5m  to chat  host=b",
        "    2023-11-15 07:13:20  1h, and still  to chat, pager  host=a",
        "1 of 2 rules would have fired, 3 times: chat 3 times, pager 2 times",
    ]


def test_shows_what_another_limit_changes():
    today = Backtest(RULE, [firing("a", 10, 20), firing("b", 30, 40)])
    changed = Backtest(RULE, [firing("a", 12, 20), firing("c", 50, 60)], notes=["it asks for x"])
    _, heading, note, *shown, _ = lines(report(Comparison(today, changed)))
    assert heading == "Down (warning, for 5m): 2 times, 18m in all; today 2 times, 20m in all"
    assert note == "    note: it asks for x"
    assert [line[:4] + line.rpartition("=")[2] for line in shown] == ["    a", "  - b", "  + c"]


def test_a_short_history_failed_evaluations_and_a_long_list_are_told():
    times = TIMES._replace(begins_ms=START_MS + MINUTE_MS)
    many = Backtest(RULE, [firing("b", minute, minute + 1) for minute in range(25)], failed=7)
    text = "\n".join(lines(report(Comparison(many), times=times)))
    assert "the history begins at 2023-11-14 22:14:20" in text
    assert "7 evaluations would have failed" in text
    assert "and 5 more: --json has all" in text


def test_json_has_everything():
    shown = json.loads(as_json(report(Comparison(Backtest(RULE, [firing("a", 0, 1)]), Backtest(RULE, [])))))
    [rule] = shown["rules"]
    assert rule["today"]["firings"] == [
        {
            "labels": {"alertname": "Down", "host": "a", "severity": "warning"},
            "start": START_MS / 1000,
            "end": START_MS / 1000 + 60,
            "resolved": True,
            "receivers": ["chat", "pager"],
        }
    ]
    assert rule["changed"]["firings"] == []
    assert (shown["start"], shown["history_begins"]) == (START_MS / 1000, START_MS / 1000)
