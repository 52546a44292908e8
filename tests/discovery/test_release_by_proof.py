"""What is held goes by itself once Consul has proven over time, by three truthful reads, that it is gone."""

import pytest

pytestmark = pytest.mark.integration


def test_held_targets_are_released_by_proof_but_never_the_last_of_a_job(consul, catalog, start_bridge, wait_until):
    bridge = start_bridge(consul.url, "--release-window=3s")
    catalog.fleet("web", 20)
    catalog.fleet("api", 20)
    wait_until(lambda: [len(bridge.ids(job) or ()) for job in ("web", "api")] == [20, 20])
    for number in range(20):
        catalog.remove("api", number)
        if number:
            catalog.remove("web", number)
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") == 39)
    wait_until(lambda: bridge.ids("web") == ["web-0"])
    assert bridge.metric('vigie_discovery_removed_total{reason="released"}') == 19
    assert len(bridge.ids("api")) == 20
