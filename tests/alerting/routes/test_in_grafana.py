"""The routes in Grafana's words: the same receivers hear of the same alerts, and secrets come from their files."""

import itertools
import json

import pytest
import yaml

from alerting.routes import desired, tree
from alerting.routes.downtimes import Downtime
from alerting.routes.grafana.contactpoints import contact_points
from alerting.routes.grafana.policies import MARK, policy
from alerting.routes.grafana.timings import ALWAYS, timings
from alerting.routes.matchers import parse_matcher
from alerting.routes.reading import read_routes
from alerting.routes.render import template
from alerting.tools import amtool
from dashboards.grafana.uids import UID
from tests.alerting.routes.test_render import FULL
from vigie.core.errors import UsageProblemError
from vigie.stack.servers import find

DOWNTIMES = {"backup": Downtime(match=("job=db", 'host=~"web-[0-9]+"'), comment="nightly", weekdays=("monday",))}
LABELS = {
    "team": ["shop", "other", ""],
    "severity": ["critical", "warning", "info", "none", ""],
    "alertname": ["HostDown", "Watchdog", "SpotInterruptionImminent"],
}


@pytest.fixture
def routes(tmp_path):
    def routes(text=FULL):
        for name in ("slack", "pagerduty", "opsgenie", "token"):
            (tmp_path / name).write_text(f"not-a-real-{name}\n")
        (tmp_path / "routes.yml").write_text(text.replace("/etc/", f"{tmp_path}/"))
        return read_routes(tmp_path / "routes.yml")

    return routes


def as_alertmanager_has_it(route):
    """Return a policy of ours in Alertmanager's words, so that amtool can say where alerts go by it."""
    converted = {
        key: value for key, value in route.items() if key not in {"object_matchers", "routes", "mute_time_intervals"}
    }
    if matchers := [matcher for matcher in route.get("object_matchers", ()) if matcher != MARK]:
        converted["matchers"] = [f"{name}{sign}{json.dumps(value)}" for name, sign, value in matchers]
    if "receiver" in converted:
        is_muted = ALWAYS in route.get("mute_time_intervals", ())
        converted["receiver"] = "nobody" if is_muted else converted["receiver"].removeprefix("vigie-")
    converted.pop("active_time_intervals", None)
    if "routes" in route:
        converted["routes"] = [as_alertmanager_has_it(inner) for inner in route["routes"]]
    return converted


def written(path, route, routes):
    receivers = [{"name": name} for name in [*routes.receivers, "nobody"]]
    path.write_text(yaml.safe_dump({"route": route, "receivers": receivers}))
    return path


def test_the_same_people_hear_of_the_same_alerts(routes, tmp_path):
    tool, full = find("amtool").path, routes()
    bare = tree.render(full, {})
    for route in bare["routes"]:
        strip_timings(route)
    alertmanagers = written(tmp_path / "alertmanager.yml", bare, full)
    grafanas = written(tmp_path / "grafana.yml", as_alertmanager_has_it(policy(full, {})), full)
    reached = set()
    for values in itertools.product(*LABELS.values()):
        labels = {name: value for name, value in zip(LABELS, values, strict=True) if value}
        receivers = amtool.receivers(tool, grafanas, labels)
        assert receivers == amtool.receivers(tool, alertmanagers, labels), labels
        reached.add(receivers)
    assert len(reached) == 5
    shipped = desired.load(None)
    path = written(tmp_path / "shipped.yml", as_alertmanager_has_it(policy(shipped.routes, {})), shipped.routes)
    amtool.check_routes(tool, path, shipped.cases)


def strip_timings(route):
    route.pop("active_time_intervals", None)
    for inner in route.get("routes", ()):
        strip_timings(inner)


def test_policies_wait_repeat_and_rest_as_the_routes_say(routes):
    subtree = policy(routes(), DOWNTIMES)
    heads = {name: subtree[name] for name in ("receiver", "group_by", "group_interval", "object_matchers")}
    assert heads == {
        "receiver": "vigie-ops-pager",
        "group_by": ["alertname", "dc"],
        "group_interval": "1m",
        "object_matchers": [["routes", "=", "vigie"]],
    }
    assert subtree["routes"][-4] == {
        "object_matchers": [["severity", "=", "warning"]],
        "receiver": "vigie-ops-chat",
        "group_wait": "10s",
        "repeat_interval": "12h",
        "active_time_intervals": ["vigie-business"],
        "routes": [
            {
                "object_matchers": [["host", "=~", "web-[0-9]+"], ["job", "=", "db"]],
                "mute_time_intervals": ["vigie-downtime-backup"],
                "active_time_intervals": ["vigie-business"],
            }
        ],
    }
    assert subtree["routes"][-3]["repeat_interval"] == "1d"
    assert subtree["routes"][-3]["mute_time_intervals"] == [ALWAYS]


def test_timings_are_the_hours_and_the_downtimes(routes):
    assert timings(routes(), DOWNTIMES) == {
        ALWAYS: [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}],
        "vigie-business": [
            {
                "weekdays": ["monday:friday"],
                "times": [{"start_time": "08:00", "end_time": "18:00"}],
                "location": "Europe/Paris",
            }
        ],
        "vigie-downtime-backup": [
            {
                "times": [{"start_time": "00:00", "end_time": "24:00"}],
                "location": "UTC",
                "weekdays": ["monday"],
            }
        ],
    }


def test_hours_of_any_name_leave_nobody_alone(routes):
    intervals = timings(
        routes(FULL.replace("hours: business", "hours: always").replace("  business:", "  always:")), {}
    )
    assert len(intervals) == 2
    assert intervals[ALWAYS][0]["times"] == [{"start_time": "00:00", "end_time": "24:00"}]


def test_contact_points_have_their_secrets_apart(routes):
    points = contact_points(routes(), "http://127.0.0.1:9112/")
    assert {uid: (point.name, point.type, point.secrets) for uid, point in points.items()} == {
        "vigie-inbox-inbox": ("vigie-inbox", "webhook", {}),
        "vigie-ops-mail-mail": ("vigie-ops-mail", "email", {}),
        "vigie-ops-chat-slack": ("vigie-ops-chat", "slack", {"url": "not-a-real-slack"}),
        "vigie-ops-pager-pagerduty": ("vigie-ops-pager", "pagerduty", {"integrationKey": "not-a-real-pagerduty"}),
        "vigie-ops-pager-opsgenie": ("vigie-ops-pager", "opsgenie", {"apiKey": "not-a-real-opsgenie"}),
        "vigie-shop-hook-webhook": ("vigie-shop-hook", "webhook", {"authorization_credentials": "not-a-real-token"}),
        "vigie-deadman-webhook": ("vigie-deadman", "webhook", {}),
    }
    assert "not-a-real" not in repr([point.settings for point in points.values()])
    assert points["vigie-ops-mail-mail"].settings["addresses"] == "a@example.com;b@example.com"
    assert points["vigie-ops-pager-opsgenie"].settings["apiUrl"] == "https://api.opsgenie.com/v2/alerts"
    assert points["vigie-shop-hook-webhook"].settings["authorization_scheme"] == "Bearer"
    assert [point.tells_resolved for point in points.values()] == [True] * 6 + [False]


def test_long_names_have_short_uids_of_their_own(routes):
    name = "the-team-that-looks-after-the-payments-of-the-shop"
    text = FULL.replace("shop-hook", f"{name}-1").replace("deadman", f"{name}-2")
    uids = list(contact_points(routes(text), ""))
    assert all(UID.fullmatch(uid) for uid in uids)
    assert len(set(uids)) == 7


@pytest.mark.parametrize("content", [None, " \n"])
def test_a_secret_that_cannot_be_read_is_named(routes, tmp_path, content):
    changed = routes()
    path = tmp_path / "slack"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageProblemError, match=rf"receivers\.ops-chat\.slack\.url_file: {path}: expected a file"):
        contact_points(changed, "")


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a=b", ["a", "=", "b"]),
        (' a != "b c" ', ["a", "!=", "b c"]),
        ('a=~"x\\\\.y|\\"z\\""', ["a", "=~", 'x\\.y|"z"']),
        ("a!~b=c", ["a", "!~", "b=c"]),
        ('a=""', ["a", "=", ""]),
        ('a=~"web-\\d+\\n"', ["a", "=~", "web-\\d+\n"]),
    ],
)
def test_matchers_are_read_as_alertmanager_writes_them(text, parsed):
    assert parse_matcher(text) == parsed


@pytest.mark.parametrize("text", ["a", "1a=b", 'a="b'])
def test_what_is_no_matcher_is_named(text):
    with pytest.raises(UsageProblemError, match="expected"):
        parse_matcher(text)


def test_the_default_is_somebody_and_nobody_at_all_is_refused(routes):
    text = FULL.replace("critical: [ops-pager, ops-mail]", "critical: nobody")
    assert policy(routes(text), {})["receiver"] == "vigie-inbox"
    nobody = "default: {critical: nobody, warning: nobody, info: nobody}\n" + FULL[FULL.index("severities:") :]
    nobody = "receivers: {}\n" + nobody.replace("heartbeat: {receiver: deadman}\n", "")
    with pytest.raises(UsageProblemError, match="expected one at least"):
        policy(routes(nobody), {})


def test_links_lead_to_who_sends_the_message():
    ours, theirs = template("http://g:3000/"), template("http://g:3000/", "grafana")
    assert "/#/silences/new?filter=" in ours
    assert "alerting/silence/new?alertmanager=grafana" in theirs
    assert "/#/" not in theirs
    assert all(text.count('{{ define "vigie.silence" }}') == 1 for text in (ours, theirs))
    assert "http://g:3000{{ if .CommonLabels.host }}/d/vigie-host" in theirs
