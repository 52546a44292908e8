"""The tiles of the host map."""

from tests.vigie.console.host_samples import registered, up, use
from vigie.console.data.hosts import to_hosts
from vigie.console.pages.host_map import highest_value, level, tile


def test_colours_by_thresholds_or_by_share_of_the_highest():
    rows = to_hosts(
        {
            "up": [up("a"), up("b"), up("c"), up("d", 0), up("e")],
            "use": [
                *(use(name, "memory", value) for name, value in zip("abcd", (0.1, 0.85, 0.95, 0.1), strict=True)),
                *(use(name, "network", value) for name, value in zip("abcd", (0, 50, 100, 1), strict=True)),
            ],
        }
    )
    assert [level(row, "memory", 1) for row in rows] == ["ok", "warning", "critical", "down", "none"]
    assert highest_value(rows, "network") == 100
    assert [level(row, "network", 100) for row in rows] == ["n0", "n2", "n4", "down", "none"]
    tile_values = tile(rows[1], "memory", {"memory": 1.0, "network": 100}, "cores")
    assert (tile_values["shown"], tile_values["size"]) == ("85 %", "z0")
    assert "|0.85|" in tile_values["packed"]


def test_a_host_that_is_not_scraped_says_so_on_its_tile():
    (host,) = to_hosts({"registered": [registered("mute")]})
    shown = tile(host, "memory", {"memory": 1.0}, "")
    assert (shown["level"], shown["shown"]) == ("not_scraped", "not scraped")


def test_without_sources_the_page_says_what_is_missing(serve, get):
    text = get(serve().url + "/").text
    assert "refuses connections" in text
    assert '<a href="/" aria-current="page">Map</a>' in text


def test_links_lead_into_grafana_when_there_is_one(serve, get):
    assert "https://grafana.example/d/vigie-fleet?" in get(serve(grafana="https://grafana.example").url).text
    assert "Grafana" not in get(serve().url).text
