"""Who is watched, how each server stands, and what is proposed."""

import pytest

from vigie.console.data.integrations import make_queries, on_container, on_host, to_watched
from vigie.console.data.prometheus import Sample
from vigie.console.data.unwatched import propose
from vigie.core.integrations.catalogue import read_catalogue

KNOWN = {"redis": read_catalogue().integrations["redis"]}
CACHE = {"dc": "eu", "host": "web-1", "instance": "web-1/cache:6379", "integration": "redis"}


def answers(**samples):
    return {
        name: [Sample(labels, value) for labels, value in pairs]
        for name, pairs in {"watched": (), "states": (), **samples}.items()
    }


@pytest.mark.parametrize(("up", "state", "seen"), [(1, "ok", "ok"), (1, "denied", "denied"), (0, "ok", "down")])
def test_a_server_stands_as_its_check_fares(up, state, seen):
    given = answers(
        watched=[(CACHE, up)],
        states=[({**CACHE, "state": state}, 1)],
        versions=[({**CACHE, "__name__": "redis_instance_info", "redis_version": "7.0.15"}, 1)],
        alerts=[({**CACHE, "severity": "critical"}, 1)] * 2,
    )
    (row,) = to_watched(given, KNOWN)
    assert (row.state, row.version, row.alerts) == (seen, "7.0.15", {"critical": 2})
    assert on_host([row], "eu", "web-1") == on_container([row], "eu", "web-1", "cache") == [row]
    assert on_host([row], "us", "web-1") == on_container([row], "eu", "web-1", "cach") == []


def test_without_the_states_of_checks_nobody_is_said_to_be_well():
    (row,) = to_watched({"watched": [Sample(CACHE, 1)], "states": None}, KNOWN)
    assert row.state == "unknown"


def test_what_is_worst_comes_first_and_a_native_endpoint_has_no_state_of_a_check():
    native = {**CACHE, "instance": "10.0.0.7:8405", "integration": "haproxy"}
    rows = to_watched(answers(watched=[(native, 1), (CACHE, 0)]), KNOWN)
    assert [(row.integration, row.state, row.version) for row in rows] == [("redis", "down", ""), ("haproxy", "ok", "")]


def test_only_units_and_versions_of_known_software_are_asked_for():
    queries = make_queries(KNOWN)
    assert 'name=~"(redis|redis-server|valkey|valkey-server)(@.*)?[.]service"' in queries["units"]
    assert queries["versions"] == '{integration!="", __name__=~"(redis_instance_info)"}'
    assert '"($.)"' in make_queries({})["versions"]  # matches nothing


IMAGE = {"dc": "eu", "instance": "web-1", "name": "cache", "image": "registry:5000/a/valkey:8"}


def test_an_image_is_proposed_until_it_is_watched_or_declined():
    def proposals(**more):
        return [(each.host, each.what) for each in propose(answers(images=[(IMAGE, 1)], **more), KNOWN)]

    assert proposals() == [("web-1", "cache")]
    assert proposals(watched=[(CACHE, 0)]) == []
    assert proposals(watched=[({**CACHE, "instance": "web-1/cache-2:6379"}, 1)]) == [("web-1", "cache")]
    assert proposals(watched=[({**CACHE, "dc": "us"}, 1)]) == [("web-1", "cache")]
    assert proposals(declined=[({"dc": "eu", "instance": "web-1", "name": "cache"}, 1)]) == []


def test_services_and_units_are_proposed_where_the_host_watches_none():
    seen = {
        "jobs": [({"dc": "eu", "host": "db-1", "job": "redis"}, 1), ({"dc": "eu", "host": "db-1", "job": "shop"}, 1)],
        "units": [({"dc": "eu", "instance": "db-1", "name": "redis-server@main.service"}, 1)],
    }
    rows = propose(answers(**seen), KNOWN)
    assert [(row.what, row.host, row.integration) for row in rows] == [
        ("redis", "db-1", "redis"),
        ("redis-server@main.service", "db-1", "redis"),
    ]
    assert propose(answers(**seen, watched=[({**CACHE, "host": "db-1"}, 1)]), KNOWN) == []


def test_without_an_answer_about_who_is_watched_nothing_is_proposed():
    assert propose({"watched": None, "images": [Sample(IMAGE, 1)]}, KNOWN) == []
