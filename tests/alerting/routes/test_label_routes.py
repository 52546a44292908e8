"""Routes by any label: amtool says whom alerts reach."""

import pytest
import yaml

from alerting.routes.downtimes import Downtime
from alerting.tools import amtool
from tests.alerting.routes.test_render import FULL, write_files
from vigie.core.errors import UsageProblemError
from vigie.stack.servers import find

ROUTES = """
receivers:
  "pay team/chat": {webhook: {url: "https://pay.example"}}
routes:
- match: [service="payments"]
  receivers: [ops-chat, ops-mail]
  repeat: 2h
  routes:
  - {match: [env="dev"], receivers: nobody}
  - {match: ['alertname=~"Queue.*"'], receivers: pay team/chat, wait: 1s, by: [alertname, queue], hours: business}
- {match: [audit="yes"], receivers: deadman, continue: true}
"""
DOWNTIME = {"backup": Downtime(match=('job="db"',), comment="nightly")}


@pytest.fixture
def write(tmp_path):
    def write(more=ROUTES, downtimes=None, severities=None, teams=None):
        document, added = yaml.safe_load(FULL), yaml.safe_load(more) or {}
        document["receivers"] |= added.pop("receivers", {})
        document |= added
        for name, settings in (severities or {}).items():
            document["severities"][name] |= settings
        for name, settings in (teams or {}).items():
            document["teams"][name] |= settings
        return write_files(tmp_path, yaml.safe_dump(document), downtimes=downtimes)

    return write


@pytest.mark.integration
@pytest.mark.parametrize("downtimes", [{}, DOWNTIME], ids=["plain", "downtimes"])
def test_alerts_reach_whom_the_labels_say_and_the_rest_goes_on(write, downtimes):
    file, tool = write(downtimes=downtimes), find("amtool").path
    amtool.check_config(tool, file)
    expected = {
        "service=payments severity=critical": ("ops-chat", "ops-mail"),
        "service=payments env=dev": ("nobody",),
        "service=payments alertname=QueueLong": ("pay team/chat",),
        "service=payments job=db": ("ops-chat", "ops-mail"),
        "audit=yes severity=critical": ("deadman", "ops-pager", "ops-mail"),
        "severity=warning": ("ops-chat",),
    }
    reached = {text: amtool.receivers(tool, file, dict(pair.split("=") for pair in text.split())) for text in expected}
    assert reached == expected


def test_what_a_route_says_of_times_and_groups_is_kept(write):
    [payments] = [
        route
        for route in yaml.safe_load(write().read_text())["route"]["routes"]
        if route.get("matchers") == ['service="payments"']
    ]
    assert payments["repeat_interval"] == "2h"
    queue = payments["routes"][1]
    assert (queue["group_wait"], queue["group_by"]) == ("1s", ["alertname", "queue"])
    assert queue["active_time_intervals"] == ["business"]


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ("routes: [{match: [a=b]}]", "expected receivers, for what none of its routes takes"),
        ("routes: [{receivers: oops}]", "receiver oops is not there"),
        ("routes: [{receivers: inbox, routes: [{receivers: oops}]}]", "receiver oops is not there"),
        ("routes: [{receivers: inbox, muted: night}]", "hours night are not there"),
        ("raw: {time_intervals: [{}]}", "expected a name"),
        ("receivers: {'a,b': {inbox: true}}", "matching regex"),
    ],
)
def test_what_is_not_there_is_told(write, routes, words):
    with pytest.raises(UsageProblemError, match=words):
        write(routes)


@pytest.mark.integration
def test_raw_parts_are_merged(write):
    raw = """
raw:
  global: {resolve_timeout: 9m, http_config: {proxy_url: "http://proxy:3128"}}
  time_intervals: [{name: night, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}]}]}]
  inhibit_rules: [{source_matchers: [a=b], target_matchers: [c=d]}]
routes: [{match: [x=y], receivers: inbox, muted: night}]
"""
    file = write(raw)
    amtool.check_config(find("amtool").path, file)
    document = yaml.safe_load(file.read_text())
    assert document["global"]["resolve_timeout"] == "9m"
    assert document["global"]["smtp_smarthost"] == "mail:587"
    assert [interval["name"] for interval in document["time_intervals"]] == ["business", "night"]
    assert len(document["inhibit_rules"]) == 2


@pytest.mark.integration
def test_severities_of_others_are_ours_by_their_names(write):
    file, tool = write("", severities={"critical": {"also": ["page", "sev.1"]}}), find("amtool").path
    assert amtool.receivers(tool, file, {"severity": "page"}) == ("ops-pager", "ops-mail")
    assert amtool.receivers(tool, file, {"severity": "sev.1", "team": "shop"}) == ("shop-hook", "ops-pager")


def test_a_team_may_wait_otherwise(write):
    timing = {"critical": {"wait": "2m", "hours": "business"}}
    routes = yaml.safe_load(write("", teams={"shop": {"timing": timing}}).read_text())["route"]["routes"]
    [shop] = [route for route in routes if route.get("matchers") == ['team="shop"']]
    critical = shop["routes"][0]
    assert (critical["group_wait"], critical["repeat_interval"]) == ("2m", "4h")
    assert critical["active_time_intervals"] == ["business"]
