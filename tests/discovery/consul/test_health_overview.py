"""The shared overview names exactly the services whose checks, or nodes, changed."""

import json

from discovery.consul.health_overview import digest_services, find_changed


def check(node, service="", status="passing", modified=1):
    return {
        "Node": node,
        "CheckID": f"c-{service}",
        "Status": status,
        "ServiceID": service,
        "ServiceName": service,
        "CreateIndex": 1,
        "ModifyIndex": modified,
    }


def digest(*checks):
    return digest_services(json.dumps(checks).encode())


BEFORE = digest(check("n1"), check("n2"), check("n1", "a"), check("n2", "b"))


def test_nothing_changed_in_another_order():
    assert find_changed(BEFORE, digest(check("n2", "b"), check("n1", "a"), check("n2"), check("n1"))) == set()


def test_a_service_s_own_check():
    after = digest(check("n1"), check("n2"), check("n1", "a", "critical", 2), check("n2", "b"))
    assert find_changed(BEFORE, after) == {"a"}


def test_a_node_s_check_concerns_every_service_on_it():
    after = digest(check("n1"), check("n2", status="critical", modified=2), check("n1", "a"), check("n2", "b"))
    assert find_changed(BEFORE, after) == {"b"}


def test_a_service_that_came_and_one_that_went():
    after = digest(check("n1"), check("n2"), check("n2", "b"), check("n2", "c"))
    assert find_changed(BEFORE, after) == {"a", "c"}
