"""The numbers of the fleet."""

from tests.vigie.console.host_samples import registered, up, use
from vigie.console.data.hosts import to_hosts
from vigie.console.web.fleet_summary import summarize


def test_numbers_of_the_fleet():
    rows = to_hosts({"up": [up("a"), up("b", 0)], "registered": [registered("c")], "use": [use("a", "containers", 3)]})
    summary = summarize(rows)
    assert (summary["up"], summary["down"], summary["not_scraped"], summary["containers"]) == (1, 1, 1, 3)
