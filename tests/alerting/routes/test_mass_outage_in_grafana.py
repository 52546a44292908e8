"""A mass outage with `notifier: grafana`, which has no inhibition: a few messages, and not one for each machine."""

import re
from collections import defaultdict

import pytest

from alerting.routes import desired
from alerting.routes.grafana.policies import policy
from alerting.routes.reading import read_routes

HOSTS = 300
MOST_MESSAGES = 3  # of one receiver
ROUTES = """
receivers: {ops: {inbox: true}, pay: {inbox: true}}
teams: {shop: {critical: [pay, ops]}}
default: {critical: ops, warning: ops, info: nobody}
severities: {critical: {wait: 5s, repeat: 4h}, warning: {wait: 1m, repeat: 24h}, info: {wait: 1m, repeat: 14d}}
grouping: {by: GROUPING, interval: 1m}
routes: [{match: [team="pay"], receivers: pay, by: [alertname, host]}]
"""


def lost_hosts(**more):
    """Return the labels of what fires when each machine of a datacenter is lost."""
    hosts = [{"alertname": "HostDown", "severity": "critical", "dc": "dc1", "job": "node"} for _ in range(HOSTS)]
    for number, labels in enumerate(hosts):
        labels |= {"host": f"h{number}", "instance": f"h{number}", **more}
    return [{"alertname": "JobMostlyDown", "severity": "critical", "dc": "dc1", "job": "node", **more}, *hosts]


def matches(labels, matcher):
    name, sign, value = matcher
    actual = labels.get(name, "")
    is_equal = re.fullmatch(value, actual) is not None if "~" in sign else actual == value
    return is_equal != sign.startswith("!")


def leaves(route, labels, above=()):
    """Yield receiver and grouping of each policy that takes the alert, as Grafana walks the tree."""
    here = {**dict(above), **{name: route[name] for name in ("receiver", "group_by") if name in route}}
    is_taken = False
    for child in route.get("routes", ()):
        if all(matches(labels, matcher) for matcher in child.get("object_matchers", ())):
            is_taken = True
            yield from leaves(child, labels, here.items())
            if not child.get("continue"):
                break
    if not is_taken:
        yield here["receiver"], tuple(here["group_by"])


def groups(tree, alerts):
    """Return how many groups, each of which is a message, every receiver gets."""
    keys = defaultdict(set)
    for labels in alerts:
        for receiver, grouping in leaves(tree, {**labels, "routes": "vigie"}):
            keys[receiver].add(tuple(labels.get(name, "") for name in grouping))
    return {receiver: len(members) for receiver, members in keys.items()}


@pytest.mark.parametrize("team", [{}, {"team": "shop"}, {"team": "pay"}])
@pytest.mark.parametrize("grouping", ["[alertname, dc, host, job]", "[host]", "[...]", "[alertname, instance]"])
def test_each_receiver_gets_a_few_messages(tmp_path, team, grouping):
    (tmp_path / "routes.yml").write_text(ROUTES.replace("GROUPING", grouping))
    counts = groups(policy(read_routes(tmp_path / "routes.yml"), {}), lost_hosts(**team))
    assert counts
    assert max(counts.values()) <= MOST_MESSAGES, counts


def test_the_routes_that_vigie_brings_do_so_and_tell_alerts_and_datacenters_apart():
    tree = policy(desired.load(None).routes, {})
    assert groups(tree, lost_hosts()) == {"vigie-inbox": 2}
    elsewhere = [{**labels, "dc": "dc2"} for labels in lost_hosts()]
    assert groups(tree, lost_hosts() + elsewhere) == {"vigie-inbox": 4}


def test_other_labels_of_a_grouping_stay(tmp_path):
    (tmp_path / "routes.yml").write_text(ROUTES.replace("GROUPING", "[alertname, service, host]"))
    assert policy(read_routes(tmp_path / "routes.yml"), {})["group_by"] == ["alertname", "service"]
