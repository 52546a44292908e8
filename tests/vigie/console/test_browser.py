"""The console in a real Chromium, in front of a real Prometheus and a real Alertmanager."""

import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import expect

from tests.fixtures.metrics_page import serving
from tests.vigie.console.hostile_hosts import HOSTS, IMAGE, SCRIPT, exposition
from vigie.console.page_registry import list_menu, load_page_files

pytestmark = pytest.mark.integration

CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: fleet
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{page}"]}}]
"""
RULES = """
groups:
  - name: test
    rules:
      - alert: DiskFull
        expr: node_load5{host=~"db-1|.script.*"} > 0
        labels: {severity: critical}
        annotations: {summary: "full on {{ $labels.host }}", description: "<script>window.pwned=1</script>"}
"""
NO_ROUTES = "route: {receiver: none}\nreceivers: [{name: none}]\n"
MENU = [page.address for page in list_menu(load_page_files())]
EVERYWHERE = *MENU, "/runbooks/DiskFull"


@pytest.fixture(scope="module")
def chain(start):
    """Return a Prometheus that knows the hosts and has sent its alerts, and the Alertmanager that took them."""
    with serving(lambda _path: (200, exposition())) as page:
        alertmanager = start("alertmanager", NO_ROUTES, "--cluster.listen-address=")
        config = CONFIG.format(alertmanager=alertmanager.url.removeprefix("http://"), page=page)
        prometheus = start("prometheus", config, files={"rules.yml": RULES})
        deadline = time.monotonic() + 60
        while len(requests.get(alertmanager.url + "/api/v2/alerts", timeout=10).json()) < 2:
            assert time.monotonic() < deadline, "Prometheus sends no alerts"
            time.sleep(0.1)
        yield prometheus, alertmanager


@pytest.fixture
def console(chain, serve):
    prometheus, alertmanager = chain
    return serve(prometheus.url, alertmanager.url, refresh_interval=2)


def names(page):
    return page.eval_on_selector_all("tbody th a", "all => all.map(one => one.textContent)")


def test_lists_are_sorted_filtered_and_refreshed_in_place(console, open_page):
    page = open_page(console.url + "/hosts")
    assert set(names(page)) == set(HOSTS)
    page.get_by_role("button", name="Memory").click()
    page.wait_for_url("**/hosts?sort=-memory")
    page.wait_for_selector("th[aria-sort=descending]")
    assert names(page)[:2] == ["db-1", "web-2"]
    assert page.evaluate("document.activeElement.textContent") == "Memory"

    page.fill("input[name=q]", "team:shop memory>50%")
    expect(page.locator("#matching")).to_have_text("1 of 6 hosts")
    assert names(page) == ["web-2"]
    assert parse_qs(urlsplit(page.url).query) == {"sort": ["-memory"], "q": ["team:shop memory>50%"]}
    page.evaluate("document.querySelector('tbody tr').mark = document.querySelector('input[name=q]').mark = 1")
    page.evaluate("document.querySelector('.wide').scrollLeft = 40")
    with page.expect_response("**/hosts?**"):  # refreshes by itself
        pass
    expect(page.locator("main[aria-busy]")).to_have_count(0)
    kept = "[document.querySelector('tbody tr').mark, document.activeElement.mark, document.activeElement.name]"
    assert page.evaluate(kept) == [1, 1, "q"]

    shared = open_page(page.url)
    assert names(shared) == ["web-2"]
    page.fill("input[name=q]", "(")
    page.wait_for_selector("input[aria-invalid=true]")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(6)


def test_the_map_is_coloured_anew_without_the_server(console, open_page):
    page = open_page(console.url + "/?colour=memory")
    tile = page.locator(".t", has_text="web-2")
    assert tile.get_attribute("class") == "t warning"
    page.select_option("#colour", "load")
    assert tile.get_attribute("class") == "t warning"
    assert tile.get_attribute("title") == "web-2: 1.7"
    assert page.url.endswith("?colour=load")
    page.select_option("select[name=group]", "team")
    page.wait_for_selector("section h2")
    assert page.locator("section h2").all_inner_texts() == [f"{IMAGE} 4", "shop 2"]
    tile.click()
    page.wait_for_selector("h1:has-text('web-2')")


def press_on_load(page):
    """Begin a drag 50 pixels inside the chart of the load; return the chart's place."""
    over = page.locator("[data-k=host-load] .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    return box


def chosen_seconds(page):
    chosen = parse_qs(urlsplit(page.url).query)
    return float(chosen["to"][0]) - float(chosen["from"][0])


def test_charts_are_drawn_and_a_drag_chooses_the_time(console, open_page, wait_until):
    page = open_page(console.url + "/host?dc=eu&name=web-1&range=15m")
    page.wait_for_selector(".plot canvas")
    assert page.locator(".plot .u-label").get_by_text("5 min", exact=True).count() == 1
    page.get_by_role("link", name="3h").click()
    page.wait_for_selector(".ranges a[aria-current]:has-text('3h')")
    assert "range=3h" in page.url
    drawn = "(document.querySelector('[data-k=host-load] .plot').answer || {start: 0, end: 0})"
    wait_until(lambda: page.evaluate(f"{drawn}.end - {drawn}.start") > 10_000, what="the chart of three hours")

    def drag() -> bool:
        # Charts above may still be drawn and move this one: the place is read anew for each try.
        box = press_on_load(page)
        page.mouse.move(box["x"] + 150, box["y"] + 50)
        page.mouse.up()
        with suppress(PlaywrightTimeoutError):
            page.wait_for_url("**from=**", timeout=5000)
        return "from=" in page.url

    wait_until(drag, what="the chosen time in the address")
    assert 1000 < chosen_seconds(page) < 10_800
    page.go_back()
    page.wait_for_selector(".ranges a[aria-current]:has-text('3h')")


def test_a_refresh_under_a_drag_does_not_change_what_is_chosen(console, open_page):
    page = open_page(console.url + "/host?dc=eu&name=web-1&range=3h")
    box = press_on_load(page)
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    for _ in range(2):  # the first may have been asked before the drag
        page.wait_for_event("response", lambda response: "chart=load" in response.url)
    page.wait_for_timeout(500)
    page.mouse.move(box["x"] + 150, box["y"] + 50)
    page.mouse.up()
    page.wait_for_url("**from=**")
    assert chosen_seconds(page) == pytest.approx(10_800 * 100 / box["width"], rel=0.1)


def test_a_downtime_goes_to_alertmanager_and_back(console, chain, open_page, get):
    page = open_page(console.url + "/alerts")
    page.locator("tr", has_text="db-1").get_by_role("link", name="downtime").click()
    page.wait_for_selector("textarea")
    assert page.input_value("textarea") == "alertname=DiskFull\ndc=eu\nhost=db-1"
    page.fill("input[name=duration]", "forever")
    page.fill("input[name=comment]", SCRIPT)
    page.get_by_role("button", name="Add downtime").click()
    page.wait_for_selector("text=is no duration")
    page.errors.clear()  # that a form was refused is an error for the browser

    page.fill("input[name=duration]", "2h")
    page.get_by_role("button", name="Add downtime").click()
    page.wait_for_selector("text=The downtime is added.")
    silences = get(chain[1].url + "/api/v2/silences").json()
    assert [(silence["comment"], silence["createdBy"], silence["status"]["state"]) for silence in silences] == [
        (SCRIPT, "local", "active")
    ]
    page.wait_for_selector("tr:has-text('db-1') >> text=silenced")
    page.get_by_role("button", name="End").click()
    page.wait_for_selector("text=The downtime is ended.")
    assert get(chain[1].url + "/api/v2/silences").json()[0]["status"]["state"] == "expired"


def test_no_name_from_outside_runs_as_a_script(console, open_page):
    page = open_page(console.url)
    paths = [f"/runbooks/{SCRIPT}", f"/explore?expr={IMAGE}", f"/hosts?q={SCRIPT}&sort={IMAGE}", f"/host?name={SCRIPT}"]
    paths_of_names = page.eval_on_selector_all(".t", "all => all.map(one => one.getAttribute('href'))")
    page.goto(console.url + "/containers")
    paths_of_names += page.eval_on_selector_all("tbody th a", "all => all.map(one => one.getAttribute('href'))")
    assert len(paths_of_names) == 3 * len(HOSTS)  # a host has two containers
    for path in (*EVERYWHERE, *paths_of_names, *paths):
        page.goto(console.url + path)
        assert page.evaluate("[window.pwned, document.querySelectorAll('img, main script').length]") == [None, 0]
    assert [error for error in page.errors if "404" not in error] == []
    page.errors.clear()  # pages that are not there


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (360, "dark")])
def test_pages_fit_and_axe_finds_nothing_serious(console, open_page, faults, width, scheme):
    page = open_page(console.url, width, scheme)
    for path in (*EVERYWHERE, "/host?dc=eu&name=db-1", "/explore?expr=node_load5"):
        page.goto(console.url + path)
        if path.startswith(("/host?", "/explore?")):
            page.wait_for_selector(".plot .u-legend")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if scheme == "light" or path in {"/", "/alerts", "/explore?expr=node_load5"}:  # one of each kind does
            assert faults(page) == [], path


def test_a_source_that_goes_down_is_said_and_what_it_last_said_stays(console, chain, open_page):
    page = open_page(console.url + "/hosts")
    assert len(names(page)) == len(HOSTS)
    chain[0].stop()
    page.wait_for_selector("text=/Prometheus at .* refuses connections.* s old/")
    assert len(names(page)) == len(HOSTS)
    chain[0].start()
    expect(page.locator(".notice")).to_have_count(0)


def test_keyboard_theme_and_pause(console, open_page):
    page = open_page(console.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("#live")
    assert page.get_attribute("#live", "aria-pressed") == "false"
