"""Hosts as rows, from Prometheus's answers."""

from vigie.console.data.fleet import grouped, hosts, tag_names
from vigie.console.data.fleet_queries import OF, QUERIES
from vigie.console.data.prometheus import Sample
from vigie.console.pages.fleet import level, scale, summary, tile
from vigie.console.pages.hosts import HEADINGS, ordered
from vigie.console.web.sorting import Sort, parse


def up(name, value=1, dc="eu", **tags):
    return Sample({"__name__": "up", "job": "node", "instance": name, "host": name, "dc": dc, **tags}, value)


def use(name, column, value, dc="eu"):
    return Sample({"instance": name, "dc": dc, OF: column}, value)


def registered(name, value=1, dc="eu", health="passing", metric="vigie_discovery_target_registered"):
    return Sample({"__name__": metric, "target_dc": dc, "target_instance": name, "health": health}, value)


def test_six_questions_whatever_the_number_of_hosts():
    assert len(QUERIES) == 6


def test_who_answers_who_does_not_who_is_silent_and_who_leaves():
    leaving = registered("gone", metric="vigie_discovery_leaving")
    found = hosts(
        {
            "up": [up("well"), up("dead", 0), up("gone")],
            "registered": [registered("well"), registered("mute", health="critical"), registered("gone"), leaving],
        }
    )
    assert {one.name: one.status for one in found} == {
        "well": "up",
        "dead": "down",
        "mute": "not_scraped",
        "gone": "leaving",
    }
    assert {one.name: one.health for one in found}["mute"] == "critical"


def test_hosts_of_one_name_in_two_datacenters_are_two():
    found = hosts({"up": [up("web", dc="eu"), up("web", dc="us")], "use": [use("web", "memory", 0.5, dc="us")]})
    assert [(one.dc, dict(one.values)) for one in found] == [("eu", {}), ("us", {"memory": 0.5})]


def test_tags_facts_and_alerts():
    answers = {
        "up": [up("web", team="shop", env="prod", replica="a")],
        "facts": [
            Sample({"__name__": "node_os_info", "instance": "web", "dc": "eu", "pretty_name": "Debian"}, 1),
            Sample({"__name__": "vigie_spot_interruption_imminent", "instance": "web", "dc": "eu"}, 1),
        ],
        "alerts": [Sample({"host": "web", "dc": "eu", "severity": "critical"}, 1)] * 2,
    }
    one = hosts(answers)[0]
    assert one.tags == {"team": "shop", "env": "prod"}
    assert (one.system, one.spot_notice, one.alerts, one.worst) == ("Debian", True, {"critical": 2}, "critical")
    assert one.tag("team") == "shop"
    assert one.tag("system") == "Debian"
    assert tag_names([one])[-2:] == ["env", "team"]


def test_no_answer_is_no_host_and_no_error():
    assert hosts(dict.fromkeys(QUERIES)) == []


def test_a_number_that_is_none_is_left_out():
    one = hosts({"up": [up("web")], "use": [use("web", "memory", float("nan")), use("web", "invented", 1)]})[0]
    assert one.values == {}


def test_groups_are_sorted_and_those_without_come_last():
    rows = hosts({"up": [up("a"), up("b", team="x"), up("c", team="a")]})
    assert [(name, [one.name for one in of]) for name, of in grouped(rows, "team")] == [
        ("a", ["c"]),
        ("x", ["b"]),
        ("", ["a"]),
    ]
    assert [name for name, _ in grouped(rows, "")] == [""]


def test_colours_by_thresholds_or_by_share_of_the_highest():
    rows = hosts(
        {
            "up": [up("a"), up("b"), up("c"), up("d", 0), up("e")],
            "use": [
                *(use(name, "memory", value) for name, value in zip("abcd", (0.1, 0.85, 0.95, 0.1), strict=True)),
                *(use(name, "network", value) for name, value in zip("abcd", (0, 50, 100, 1), strict=True)),
            ],
        }
    )
    assert [level(row, "memory", 1) for row in rows] == ["ok", "warning", "critical", "down", "none"]
    assert scale(rows, "network") == 100
    assert [level(row, "network", 100) for row in rows] == ["n0", "n2", "n4", "down", "none"]
    made = tile(rows[1], "memory", {"memory": 1.0, "network": 100}, "cores")
    assert (made["shown"], made["size"]) == ("85 %", "z0")
    assert "|0.85|" in made["packed"]


def test_numbers_of_the_fleet():
    rows = hosts({"up": [up("a"), up("b", 0)], "registered": [registered("c")], "use": [use("a", "containers", 3)]})
    found = summary(rows)
    assert (found["up"], found["down"], found["not_scraped"], found["containers"]) == (1, 1, 1, 3)


def test_lists_are_sorted_with_unknown_numbers_last_either_way():
    rows = hosts({"up": [up("a"), up("b"), up("c", 0)], "use": [use("a", "memory", 0.2), use("b", "memory", 0.9)]})

    def names(text):
        return [one.name for one in ordered(rows, parse(text, HEADINGS, "status"))]

    assert names("memory") == ["a", "b", "c"]
    assert names("-memory") == ["b", "a", "c"]
    assert names("") == ["c", "a", "b"]
    assert names("-host") == ["c", "b", "a"]
    assert parse("; drop", HEADINGS, "status") == Sort("status", is_descending=False)
