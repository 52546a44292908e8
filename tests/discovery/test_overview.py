"""The shared overview names exactly the services whose checks, or nodes, changed."""

import json

from discovery.consul.health_overview import changed, marks


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


def seen(*checks):
    return marks(json.dumps(checks).encode())


BEFORE = seen(check("n1"), check("n2"), check("n1", "a"), check("n2", "b"))


def test_nothing_changed_in_another_order():
    assert changed(BEFORE, seen(check("n2", "b"), check("n1", "a"), check("n2"), check("n1"))) == set()


def test_a_service_s_own_check():
    after = seen(check("n1"), check("n2"), check("n1", "a", "critical", 2), check("n2", "b"))
    assert changed(BEFORE, after) == {"a"}


def test_a_node_s_check_concerns_every_service_on_it():
    after = seen(check("n1"), check("n2", status="critical", modified=2), check("n1", "a"), check("n2", "b"))
    assert changed(BEFORE, after) == {"b"}


def test_a_service_that_came_and_one_that_went():
    after = seen(check("n1"), check("n2"), check("n2", "b"), check("n2", "c"))
    assert changed(BEFORE, after) == {"a", "c"}
