"""Grafana's notifications: message templates, mute timings, contact points, our policies, and nothing of others."""

import contextlib

import pytest

from alerting.routes import desired
from alerting.routes.grafana import notices
from tests.dashboards.grafana.conftest import CONTACT_POINTS, MUTE_TIMINGS, POLICIES
from vigie.core.errors import ProblemError
from vigie.reconcile.apply import apply, keep_nothing
from vigie.reconcile.plan import find_drift, plan
from vigie.reconcile.prune import find, prune
from vigie.reconcile.retry import Patience

ONCE = Patience(attempts=1)
ROUTES = """
receivers:
  ops: {mail: {to: [a@example.com, b@example.com]}, slack: {channel: "#ops", url_file: FOLDER/slack}}
  hook: {webhook: {url_file: FOLDER/hook, token_file: FOLDER/token}, resolved: false}
mail_server: {smarthost: "mail.example.com:587", from: a@example.com}
teams: {shop: {critical: [hook, ops]}}
default: {critical: [nobody, ops], warning: ops, info: nobody}
severities:
  critical: {wait: 5s, repeat: 4h}
  warning: {wait: 90s, repeat: 24h, hours: business}
  info: {wait: 1m, repeat: 14d}
hours: {business: {days: ["monday:friday"], from: "08:00", to: "18:00", timezone: Europe/Paris}}
grouping: {by: [alertname, host], interval: 1m}
heartbeat: {receiver: hook, every: 1m}
"""
DOWNTIMES = 'nights: {match: [job="batch", "host=web-1"], comment: backups, days_of_month: ["-1"]}\n'
SECRETS = {"slack": "http://127.0.0.1:9/not-a-real-slack", "hook": "http://127.0.0.1:9/not-a-real-hook"}
SECRETS |= {"token": "not-a-real-token"}
WAYS = ["vigie-hook-webhook", "vigie-ops-mail", "vigie-ops-slack"]
KEYS = ["vigie-messages", "vigie-any time", "vigie-business", "vigie-downtime-nights", *WAYS, "vigie"]
TEAM = {"receiver": "others", "object_matchers": [["team", "=", "others"]]}


@pytest.fixture(autouse=True)
def _clean(grafana):
    grafana.clean_notices()
    yield
    grafana.clean_notices()


@pytest.fixture
def read(tmp_path):
    """Return `read()`: what the site folder says now."""
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(secret + "\n")
    (tmp_path / "routes.yml").write_text(ROUTES.replace("FOLDER", str(tmp_path)))
    (tmp_path / "downtimes.yml").write_text(DOWNTIMES)
    return lambda: notices.make_notices(desired.load(tmp_path), "http://127.0.0.1:9/inbox", "http://127.0.0.1:3000")


def changed(changes):
    return sorted((change.key, change.action) for change in changes if change.action != "unchanged")


def others(grafana, headers=None):
    """Make a contact point, a timing and policies of others; return how the tree reads."""
    ask, client = grafana.direct.ask, grafana.api.client
    hook = {"uid": "others-hook", "name": "others", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/"}}
    ask(client.POST, CONTACT_POINTS, json=hook)
    ask(client.POST, MUTE_TIMINGS, json={"name": "others-night", "time_intervals": [{"weekdays": ["sunday"]}]})
    tree = {"receiver": "others", "group_by": ["alertname"], "repeat_interval": "4h"}
    tree["routes"] = [TEAM, {"receiver": "others", "mute_time_intervals": ["others-night"]}]
    ask(client.PUT, POLICIES, json=tree, headers=headers or {})
    return ask(client.GET, POLICIES)


def test_all_arrives_and_a_second_apply_writes_nothing(grafana, read):
    kinds = grafana.notifying(read())
    assert changed(plan(kinds, ONCE)) == sorted((key, "create") for key in KEYS)
    results = list(apply(kinds, ONCE))
    assert {result.outcome for result in results} == {"done"}, results
    grafana.proxy.reset()
    assert list(apply(grafana.notifying(read()), ONCE)) == []
    assert grafana.proxy.writes() == []
    assert len(grafana.proxy.seen) == 5  # a list of each kind, and the secrets


def test_the_rest_of_the_tree_stays_as_it_is(grafana, read):
    before = others(grafana)
    list(apply(grafana.notifying(read()), ONCE))
    after = grafana.direct.ask(grafana.api.client.GET, POLICIES)
    assert after["routes"][0]["object_matchers"] == [["routes", "=", "vigie"]]
    assert {**after, "routes": after["routes"][1:]} == before
    assert not any("others" in path for _, path in grafana.proxy.seen)


@pytest.mark.parametrize("headers", [{}, {"X-Disable-Provenance": "true"}], ids=["locked", "editable"])
def test_the_tree_keeps_its_provenance(grafana, read, headers):
    if not headers or not grafana.direct.ask(grafana.api.client.GET, POLICIES).get("provenance"):
        before = others(grafana, headers)
        list(apply(grafana.notifying(read()), ONCE))
        after = grafana.direct.ask(grafana.api.client.GET, POLICIES)
        assert after.get("provenance") == before.get("provenance") == (None if headers else "api")


def test_what_somebody_changed_by_hand_is_drift_and_brought_back_in_its_place(grafana, read):
    others(grafana)
    list(apply(grafana.notifying(read()), ONCE))
    ask, client = grafana.direct.ask, grafana.api.client
    tree = ask(client.GET, POLICIES)
    ours, *rest = tree["routes"]
    ours["routes"][-1]["receiver"] = "others"
    ask(client.PUT, POLICIES, json={**tree, "routes": [rest[0], ours, rest[1]]})
    ask(client.PUT, f"{MUTE_TIMINGS}/vigie-business", json={"name": "vigie-business", "time_intervals": []})
    assert changed(find_drift(grafana.notifying(read()), ONCE)) == [("vigie", "update"), ("vigie-business", "update")]
    list(apply(grafana.notifying(read()), ONCE))
    assert find_drift(grafana.notifying(read()), ONCE) == []
    policies = ask(client.GET, POLICIES)["routes"]
    assert [policy["object_matchers"] for policy in policies[:2]] == [
        [["team", "=", "others"]],
        [["routes", "=", "vigie"]],
    ]


def test_another_secret_is_written_and_never_shown(grafana, read, tmp_path):
    list(apply(grafana.notifying(read()), ONCE))
    (tmp_path / "slack").write_text("http://127.0.0.1:9/not-a-real-new-one")
    (tmp_path / "hook").write_text("http://127.0.0.1:9/not-a-real-new-two")
    kinds = grafana.notifying(read())
    changes = [change for change in plan(kinds, ONCE) if change.action != "unchanged"]
    assert changed(changes) == [("vigie-hook-webhook", "update"), ("vigie-ops-slack", "update")]
    assert "not-a-real" not in repr(changes)
    kept = []
    list(apply(kinds, ONCE, kept.extend))
    assert "not-a-real" not in repr(kept)
    assert changed(plan(grafana.notifying(read()), ONCE)) == []


def test_who_may_not_see_secrets_sees_no_drift_for_it(grafana, read):
    list(apply(grafana.notifying(read()), ONCE))
    grafana.proxy.reset(statuses={3: 403})  # the export, after the lists of templates, timings and contact points
    assert changed(plan(grafana.notifying(read()), ONCE)) == []
    assert [path for _, path in grafana.proxy.seen if "export" in path]


def test_prune_takes_out_ours_alone(grafana, read):
    before = others(grafana)
    list(apply(grafana.notifying(read()), ONCE))
    kinds = grafana.notifying(notices.NONE)
    assert changed(find(kinds, ONCE)) == sorted((key, "delete") for key in KEYS)
    assert "not-a-real" not in repr(find(kinds, ONCE))
    assert {result.outcome for result in prune(kinds, ONCE, keep_nothing)} == {"done"}
    assert find(kinds, ONCE) == []
    ask, client = grafana.direct.ask, grafana.api.client
    assert ask(client.GET, POLICIES) == before
    assert [contact_point["uid"] for contact_point in ask(client.GET, CONTACT_POINTS)] == ["others-hook"]
    assert [mute_timing["name"] for mute_timing in ask(client.GET, MUTE_TIMINGS)] == ["others-night"]


def test_a_root_that_would_break_everything_is_not_sent_back(grafana, read, monkeypatch):
    *earlier, policies = grafana.notifying(read())
    list(apply(earlier, ONCE))
    monkeypatch.setattr(policies, "_read", lambda: {"receiver": "empty", "continue": True})
    grafana.proxy.reset()
    [result] = apply([policies], ONCE)
    assert "expected it without" in result.message
    assert grafana.proxy.writes() == []


def test_a_template_that_is_none_is_refused_with_grafanas_reason(grafana, read):
    broken = read()._replace(templates={"vigie-messages": '{{ define "x" }}{{ nope .Status }}{{ end }}'})
    first, *_ = apply(grafana.notifying(broken), ONCE)
    assert (first.outcome, "invalid format" in first.message) == ("failed", True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_request_it_converges(grafana, read, when):
    number, total = 0, 1
    while number < total:
        grafana.clean_notices()
        grafana.proxy.reset({number: when}, last=number)
        with contextlib.suppress(ProblemError):  # when it was a read
            list(apply(grafana.notifying(read()), ONCE))
        grafana.proxy.reset()
        list(apply(grafana.notifying(read()), ONCE))
        total = max(total, len(grafana.proxy.seen))
        assert find_drift(grafana.notifying(read()), ONCE) == [], f"killed at {number}"
        uids = [contact_point["uid"] for contact_point in grafana.direct.ask(grafana.api.client.GET, CONTACT_POINTS)]
        assert sorted(uids) == WAYS, f"killed at {number}"
        number += 1
