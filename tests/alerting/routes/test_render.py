"""The configuration that is made from the routes, in Alertmanager's words and by amtool's judgement."""

import pytest
import yaml

from alerting.routes.downtimes import Downtime
from alerting.routes.reading import read_routes
from alerting.routes.receivers import Facts
from alerting.routes.render import render
from alerting.tools import amtool
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.stack.servers import find

OLD, NEW = (0, 25), (0, 33)
FULL = """receivers:
  inbox: {inbox: true}
  ops-mail: {mail: {to: [a@example.com, b@example.com]}}
  ops-chat: {slack: {channel: "#ops", url_file: /etc/slack}}
  ops-pager: {pagerduty: {key_file: /etc/pagerduty}, opsgenie: {key_file: /etc/opsgenie}}
  shop-hook: {webhook: {url: "https://shop.example/hook", token_file: /etc/token}}
  deadman: {webhook: {url: "https://heartbeat.example/1"}, resolved: false}
mail_server: {smarthost: "mail:587", from: x@example.com, username: x, password_file: /etc/smtp}
default: {critical: [ops-pager, ops-mail], warning: ops-chat, info: nobody}
teams:
  shop: {critical: [shop-hook, ops-pager]}
severities:
  critical: {wait: 5s, repeat: 4h}
  warning: {wait: 10s, repeat: 12h, hours: business}
  info: {wait: 1m, repeat: 1d}
hours:
  business: {days: ["monday:friday"], from: "08:00", to: "18:00", timezone: Europe/Paris}
grouping: {by: [alertname, dc, host, job], interval: 1m}
immediate: [SpotInterruptionImminent]
heartbeat: {receiver: deadman}
inhibitions:
  - {why: one, source: ['alertname="HostDown"'], target: ['host=~".+"'], equal: [host, dc]}
"""
DOWNTIME = {
    "backup": Downtime(
        match=('job="db"',), comment="nightly", weekdays=("monday",), days_of_month=("1:7",), timezone="UTC"
    )
}


def write_files(folder, text, version=OLD, downtimes=None):
    """Write what Alertmanager gets of the text of a `routes.yml`; return its configuration."""
    path = folder / "routes.yml"
    path.write_text(text)
    texts = render(read_routes(path), downtimes or {}, Facts(version, "http://127.0.0.1:9112/"), "http://g:3000/")
    (folder / "alertmanager.yml").write_text(texts.configuration)
    (folder / "vigie.tmpl").write_text(texts.template)
    return folder / "alertmanager.yml"


@pytest.fixture
def write_configuration(tmp_path):
    def write_configuration(text=FULL, version=OLD, downtimes=None):
        return write_files(tmp_path, text, version, downtimes)

    return write_configuration


def test_secrets_stay_in_their_files(write_configuration):
    document = yaml.safe_load(write_configuration().read_text())
    by_name = {receiver["name"]: receiver for receiver in document["receivers"]}
    assert document["global"]["smtp_auth_password_file"] == "/etc/smtp"
    assert by_name["ops-chat"]["slack_configs"][0]["api_url_file"] == "/etc/slack"
    assert by_name["ops-pager"]["pagerduty_configs"][0]["routing_key_file"] == "/etc/pagerduty"
    assert by_name["ops-pager"]["opsgenie_configs"][0]["api_key_file"] == "/etc/opsgenie"
    hook = by_name["shop-hook"]["webhook_configs"][0]
    assert hook["http_config"] == {"authorization": {"credentials_file": "/etc/token"}}


def test_says_whether_the_end_is_told(write_configuration):
    by_name = {
        receiver["name"]: receiver for receiver in yaml.safe_load(write_configuration().read_text())["receivers"]
    }
    assert by_name["deadman"]["webhook_configs"][0]["send_resolved"] is False
    assert by_name["inbox"]["webhook_configs"] == [{"send_resolved": True, "url": "http://127.0.0.1:9112/"}]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (
            "teams: {url_file: /etc/teams}",
            "receivers.inbox.teams needs Alertmanager 0.28 or newer, and 0.25 runs there",
        ),
        ("webhook: {url_file: /etc/url}", "receivers.inbox.webhook.url_file needs Alertmanager 0.26"),
    ],
)
def test_refuses_what_the_version_has_not(write_configuration, way, words):
    text = FULL.replace("inbox: true", way)
    with pytest.raises(UsageProblemError, match=words):
        write_configuration(text)
    assert yaml.safe_load(write_configuration(text, NEW).read_text())["receivers"][0]["name"] == "inbox"


def test_hours_hold_back_every_leaf_of_their_severity_and_no_other(write_configuration):
    def leaves(route):
        inner = [leaf for child in route.get("routes", ()) for leaf in leaves(child)]
        return inner or [route]

    def is_for_tests(route):
        return any("test_receiver" in matcher for matcher in route["matchers"])

    notifying = [
        leaf for leaf in leaves(yaml.safe_load(write_configuration().read_text())["route"]) if not is_for_tests(leaf)
    ]
    held = {leaf["receiver"] for leaf in notifying if leaf.get("active_time_intervals") == ["business"]}
    free = {leaf.get("receiver") for leaf in notifying if "active_time_intervals" not in leaf}
    assert held == {"ops-chat"}
    assert free == {"deadman", "nobody", "ops-mail", "ops-pager", "shop-hook"}


def test_a_downtime_is_a_child_of_every_leaf_and_keeps_its_hours(write_configuration):
    document = yaml.safe_load(write_configuration(downtimes=DOWNTIME).read_text())
    warning = next(route for route in document["route"]["routes"] if route["matchers"] == ['severity="warning"'])
    child = {"matchers": ['job="db"'], "mute_time_intervals": ["downtime-backup"]}
    assert warning["routes"] == [{**child, "active_time_intervals": ["business"]}]
    assert [interval["name"] for interval in document["time_intervals"]] == ["business", "downtime-backup"]


@pytest.mark.integration
@pytest.mark.parametrize("downtimes", [{}, DOWNTIME], ids=["plain", "downtimes"])
def test_amtool_accepts_it_and_alerts_reach_whom_they_should(write_configuration, downtimes):
    file, tool = write_configuration(downtimes=downtimes), find("amtool").path
    amtool.check_config(tool, file)
    expected = {
        (("alertname", "HostDown"), ("severity", "critical")): ("ops-pager", "ops-mail"),
        (("severity", "critical"), ("team", "shop"), ("job", "db")): ("shop-hook", "ops-pager"),
        (("severity", "warning"), ("team", "shop")): ("ops-chat",),
        (("severity", "info"),): ("nobody",),
        (("alertname", "Watchdog"), ("severity", "none")): ("deadman",),
        (("alertname", "HostLeaving"), ("severity", "none")): ("nobody",),
        (("alertname", "SpotInterruptionImminent"), ("severity", "warning"), ("team", "shop")): ("ops-chat",),
        (("alertname", "Custom"),): ("ops-pager",),
    }
    reached = {labels: amtool.receivers(tool, file, dict(labels)) for labels in expected}
    assert reached == expected


def test_the_heartbeat_is_due_at_every_look_of_one_and_not_again_for_the_second_of_a_pair(write_configuration):
    routes = yaml.safe_load(write_configuration().read_text())["route"]["routes"]
    [heartbeat] = [route for route in routes if route["matchers"] == ['alertname="Watchdog"']]
    assert (heartbeat["group_interval"], heartbeat["repeat_interval"]) == ("1m", "50000ms")


@pytest.mark.integration
def test_our_own_routes_pass_their_own_cases(write_configuration):
    file = write_configuration(builtin("alerting", "routes.yml").read_text())
    amtool.check_config(find("amtool").path, file)
    cases = amtool.read_cases(builtin("alerting", "routes.test.yml"))
    assert len(cases) > 5
    amtool.check_routes(find("amtool").path, file, cases)
