"""Fleets of 3, 30 and 3,000 lose all they have, or what a working day takes: real Consul, real budget."""

import pytest

pytestmark = pytest.mark.integration

TRANSACTION_MAX = 60


def transact(catalog, operations):
    for start in range(0, len(operations), TRANSACTION_MAX):
        catalog.put("/v1/txn", operations[start : start + TRANSACTION_MAX])


def load(catalog, size, verb="set"):
    operations = []
    for number in range(size):
        node = f"fleet-{number // 100}"
        if verb == "set" and number % 100 == 0:
            address = f"10.1.{number // 100}.1"
            operations.append({"Node": {"Verb": "set", "Node": {"Node": node, "Address": address}}})
        service = {"ID": f"web-{number}", "Service": "web", "Port": 1000 + number, "Tags": ["prometheus"]}
        operations.append({"Service": {"Verb": verb, "Node": node, "Service": service}})
    transact(catalog, operations)


@pytest.mark.parametrize(("size", "some"), [(3, 1), (30, 5), (3000, 250)])
def test_what_a_day_takes_goes_and_a_mass_removal_is_held(consul, catalog, start_bridge, wait_until, size, some):
    # The whole of 3,000 takes seconds to remove: it is judged as one all the same.
    bridge = start_bridge(consul.url, "--settle-window=1s")
    catalog.row("other", 0, node="elsewhere")
    for number in range(20):
        catalog.row("big", number)  # the share of all must not be what decides
    load(catalog, size)
    wait_until(lambda: len(bridge.ids("web") or ()) == size)
    load(catalog, some, verb="delete")
    wait_until(lambda: len(bridge.ids("web")) == size - some)
    assert bridge.metric("vigie_discovery_held_targets") == 0
    load(catalog, size - (size - some), verb="set")
    wait_until(lambda: len(bridge.ids("web")) == size)
    load(catalog, size, verb="delete")
    kept = 0 if size <= 5 else size
    wait_until(lambda: bridge.metric('vigie_discovery_held_targets{target_job="web"}') == kept)
    wait_until(lambda: len(bridge.ids("web")) == kept)
