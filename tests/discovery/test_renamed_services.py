"""An instance that is registered anew under another name, with the ID that it had."""

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("flags", [(), ("--watch-connections=1",)], ids=["own query", "rounds"])
def test_it_leaves_its_old_job_at_once(consul, catalog, start_bridge, wait_until, flags):
    """Consul 1.8 moves no index of the old name, whose query waits on: its answer is another's news."""
    for number in (1, 2):
        catalog.row("old", number)
    catalog.row("aaa", 9)
    bridge = start_bridge(consul.url, *flags)
    wait_until(lambda: bridge.ids("old") == ["old-1", "old-2"] and bridge.ids("aaa"))
    renamed = {"ID": "old-1", "Service": "new", "Port": 80, "Tags": ["prometheus"]}
    catalog.put("/v1/catalog/register", {"Node": "node-1", "Address": "10.0.0.2", "Service": renamed})
    wait_until(lambda: bridge.ids("new") == ["old-1"], 20)
    wait_until(lambda: bridge.ids("old") == ["old-2"], 20)
    assert not bridge.metric("vigie_discovery_frozen")
