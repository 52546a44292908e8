"""Hosts as rows, from Prometheus's answers."""

from tests.vigie.console.host_samples import registered, up, use
from vigie.console.data.hosts import group_hosts, tag_names, to_hosts
from vigie.console.data.prometheus import Sample
from vigie.console.queries.hosts import QUERIES


def test_six_questions_whatever_the_number_of_to_hosts():
    assert len(QUERIES) == 6


def test_who_answers_who_does_not_who_is_not_scraped_and_who_leaves():
    leaving = registered("gone", metric="vigie_discovery_leaving")
    rows = to_hosts(
        {
            "up": [up("well"), up("dead", 0), up("gone")],
            "registered": [registered("well"), registered("mute", health="critical"), registered("gone"), leaving],
        }
    )
    assert {host.name: host.status for host in rows} == {
        "well": "up",
        "dead": "down",
        "mute": "not_scraped",
        "gone": "leaving",
    }
    assert {host.name: host.health for host in rows}["mute"] == "critical"


def test_hosts_of_one_name_in_two_datacenters_are_two():
    rows = to_hosts({"up": [up("web", dc="eu"), up("web", dc="us")], "use": [use("web", "memory", 0.5, dc="us")]})
    assert [(host.dc, dict(host.values)) for host in rows] == [("eu", {}), ("us", {"memory": 0.5})]


def test_tags_facts_and_alerts():
    answers = {
        "up": [up("web", team="shop", env="prod", replica="a")],
        "facts": [
            Sample({"__name__": "node_os_info", "instance": "web", "dc": "eu", "pretty_name": "Debian"}, 1),
            Sample({"__name__": "vigie_spot_interruption_imminent", "instance": "web", "dc": "eu"}, 1),
        ],
        "alerts": [Sample({"host": "web", "dc": "eu", "severity": "critical"}, 1)] * 2,
    }
    host = to_hosts(answers)[0]
    assert host.tags == {"team": "shop", "env": "prod"}
    assert (host.system, host.spot_notice, host.alerts, host.worst) == ("Debian", True, {"critical": 2}, "critical")
    assert host.tag("team") == "shop"
    assert host.tag("system") == "Debian"
    assert tag_names([host])[-2:] == ["env", "team"]


def test_no_answer_is_no_host_and_no_error():
    assert to_hosts(dict.fromkeys(QUERIES)) == []


def test_a_number_that_is_none_is_left_out():
    host = to_hosts({"up": [up("web")], "use": [use("web", "memory", float("nan")), use("web", "invented", 1)]})[0]
    assert host.values == {}


def test_groups_are_sorted_and_those_without_come_last():
    rows = to_hosts({"up": [up("a"), up("b", team="x"), up("c", team="a")]})
    assert [(name, [host.name for host in members]) for name, members in group_hosts(rows, "team")] == [
        ("a", ["c"]),
        ("x", ["b"]),
        ("", ["a"]),
    ]
    assert [name for name, _ in group_hosts(rows, "")] == [""]
