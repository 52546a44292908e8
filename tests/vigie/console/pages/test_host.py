"""The page of one host: what discovery and Prometheus have of it."""

from vigie.console.pages.host import list_scrapes, list_targets


def target(job, host="web-1"):
    return {"job": job, "dc": "eu", "host": host, "instance": host}


def test_its_exporter_comes_first_and_other_hosts_are_left_out():
    overview = {"targets": [target("app"), target("node"), target("node", host="web-2")]}
    assert [row["job"] for row in list_targets(overview, "eu", "web-1")] == ["node", "app"]
    assert list_targets(None, "eu", "web-1") == []


def test_scrapes_of_the_host_alone():
    labels = {"job": "node", "dc": "eu", "host": "web-1", "instance": "web-1"}
    scrape = {"labels": labels, "health": "down", "lastError": "refused", "lastScrape": "2026-01-02T03:04:05.6Z"}
    (row,) = list_scrapes({"activeTargets": [scrape, {"labels": {**labels, "dc": "us"}}]}, "eu", "web-1")
    assert (row["health"], row["error"], row["last"]) == ("down", "refused", "2026-01-02 03:04:05")


def test_without_sources_nobody_says_that_it_is_not_there(serve, get):
    answer = get(serve().url + "/host?dc=eu&name=web-1")
    assert answer.status_code == 200
    assert "refuses connections" in answer.text
