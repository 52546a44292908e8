"""Between the bridge and Consul stands a proxy that cuts, delays and truncates answers."""

import pytest

pytestmark = pytest.mark.integration

FLEET = 20


@pytest.fixture
def before_consul(consul, start_proxy):
    """A proxy before this test's Consul."""
    return start_proxy(consul.port)


@pytest.mark.parametrize("trouble", ["cut", "delay", "truncate"])
def test_no_target_is_lost_and_changes_arrive_once_answers_are_whole(
    consul, before_consul, catalog_at, start_bridge, wait_until, trouble, rounds
):
    catalog = catalog_at(consul.url)
    catalog.fleet("web", FLEET)
    bridge = start_bridge(before_consul.url)
    wait_until(lambda: len(bridge.ids("web") or ()) == FLEET)
    for number in range(rounds):
        before_consul.trouble = trouble
        catalog.row("web", 100 + number)
        catalog.remove("web", number)
        before_consul.break_connections()
        if trouble != "delay":
            errors = bridge.metric("vigie_discovery_errors_total")
            wait_until(lambda errors=errors: bridge.metric("vigie_discovery_errors_total") > errors + 3)
            assert {f"web-{number}" for number in range(number, FLEET)} <= set(bridge.ids("web"))
            before_consul.trouble = None
        expected = {f"web-{left}" for left in (*range(number + 1, FLEET), *range(100, 101 + number))}
        wait_until(lambda expected=expected: set(bridge.ids("web")) == expected)
        before_consul.trouble = None
    assert bridge.metric("vigie_discovery_held_targets") == 0


def test_a_start_behind_truncated_answers_invents_nothing(consul, before_consul, catalog_at, start_bridge, wait_until):
    catalog = catalog_at(consul.url)
    catalog.fleet("web", FLEET)
    before_consul.trouble = "truncate"
    bridge = start_bridge(before_consul.url)
    wait_until(lambda: bridge.metric("vigie_discovery_errors_total") > 3)
    assert len(bridge.ids("web") or ()) in {0, FLEET}
    before_consul.trouble = None
    wait_until(lambda: len(bridge.ids("web") or ()) == FLEET)
