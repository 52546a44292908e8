"""What the console costs: server time with 300 hosts, questions, weight, and a map of 2,000 hosts in Chromium.

The hosts are one page of metrics on loopback (`synthetic_fleet.py`), scraped by a real Prometheus; the console is
`vigie console` as it is installed, Chromium is Debian's.
"""

import argparse
import gzip
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import CDPSession, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

import synthetic_fleet

from tests.fixtures.metrics_page import serving
from vigie.stack.servers import find

PAGES = "/", "/hosts"
FIRST_PAINT = """() => new Promise(done => {
  const found = list => list.getEntriesByName('first-contentful-paint')[0];
  const seen = new PerformanceObserver(list => found(list) && done(found(list).startTime));
  seen.observe({type: 'paint', buffered: true});
})"""
# From the choice until the browser has drawn: the second frame after it.
RECOLOUR = """name => new Promise(done => {
  const began = performance.now();
  const choice = document.getElementById('colour');
  choice.value = name;
  choice.dispatchEvent(new Event('change', {bubbles: true}));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
})"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300, help="of each page, at most one cache period apart")
    parser.add_argument("--runs", type=int, default=7, help="first loads and colours in the browser")
    chosen = parser.parse_args()
    with fleet(300) as url:
        serve_300(url, chosen.requests)
    with fleet(2000) as url:
        draw_2000(url, chosen.runs)


def serve_300(url: str, number: int) -> None:
    """Tell server time, questions and weight with 300 hosts."""
    with requests.Session() as session:
        for path in PAGES:
            asked, worked = questions(session, url), cpu(session, url)
            cold = timed(lambda path=path: session.get(url + path, timeout=30))  # type: ignore[misc]
            print(f"{path}: first viewer {cold:.0f} ms, {questions(session, url) - asked} questions to its sources")
            times = []
            for _ in range(number):
                times.append(timed(lambda path=path: session.get(url + path, timeout=30)))  # type: ignore[misc]
                time.sleep(0.05)  # so that the cache expires now and then, as with viewers who refresh
            shown(f"{path}: server time with 300 hosts", times, "ms")
            each = 1000 * (cpu(session, url) - worked) / (number + 1)
            print(f"{path}: {each:.0f} ms of CPU for each of these, what the cache asked for included")
        print(f"weight of a first load: {weight(session, url) / 1024:.0f} KiB gzip")


def draw_2000(url: str, runs: int) -> None:
    """Tell first paint and re-colouring with 2,000 hosts, in a browser without a cache."""
    paints, colours, paint_work, colour_work = [], [], [], []
    with sync_playwright() as started:
        binary = shutil.which("chromium") or sys.exit("chromium is missing: `make packages` installs it")
        browser = started.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        for _ in range(runs):
            page: Page = browser.new_page(viewport={"width": 1366, "height": 800})
            thread = page.context.new_cdp_session(page)
            thread.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(url)
            assert page.locator(".t").count() == 2000
            paints.append(page.evaluate(FIRST_PAINT))
            paint_work.append(work(thread))
            for name in ("memory", "network", "cpu"):
                before = work(thread)
                colours.append(page.evaluate(RECOLOUR, name))
                colour_work.append(work(thread) - before)
            page.close()
        browser.close()
    shown("first paint of 2,000 hosts", paints, "ms")
    shown("the page's thread at work until then", paint_work, "ms of CPU")
    shown("re-colour of 2,000 hosts", colours, "ms")
    shown("the page's thread at work for it", colour_work, "ms of CPU")


def work(thread: CDPSession) -> float:
    """Return the milliseconds of CPU that the page's thread has used, which a busy machine does not change."""
    metrics = {metric["name"]: metric["value"] for metric in thread.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


def shown(what: str, figures: list[float], unit: str) -> None:
    """Print a row."""
    ordered = sorted(figures)
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{what}: median {statistics.median(figures):.0f} {unit}, p95 {high:.0f} {unit} ({len(figures)} of them)")


def timed(act: Callable[[], requests.Response]) -> float:
    """Return the milliseconds until the whole answer is there."""
    began = time.perf_counter()
    act().raise_for_status()
    return 1000 * (time.perf_counter() - began)


def cpu(session: requests.Session, url: str) -> float:
    """Return the seconds of CPU that the console has used."""
    return told(session, url, "process_cpu_seconds_total")


def questions(session: requests.Session, url: str) -> int:
    """Return how many questions the console has asked its sources so far."""
    return int(told(session, url, "vigie_console_source_requests_total"))


def told(session: requests.Session, url: str, name: str) -> float:
    """Return a number that the console tells of itself."""
    match = re.search(rf"^{name} (\S+)$", session.get(url + "/metrics", timeout=30).text, re.MULTILINE)
    assert match is not None
    return float(match[1])


def weight(session: requests.Session, url: str) -> int:
    """Return the bytes of the list's page and of all that it loads, compressed as they are sent."""
    page = session.get(url + "/hosts", timeout=30).text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    sizes = [len(gzip.compress(session.get(url + file, timeout=30).content, 9)) for file in files]
    return sum(sizes) + len(gzip.compress(page.encode(), 3))


@contextmanager
def fleet(hosts: int) -> Iterator[str]:
    """Provide the address of a console in front of a Prometheus that has so many hosts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(lambda _path: (200, synthetic_fleet.page(hosts, time.time()).encode())) as page_port,
        running_all(Path(folder), page_port) as url,
    ):
        wait(lambda: count(url) == hosts)
        time.sleep(15)  # rates take several scrapes
        yield url


@contextmanager
def running_all(folder: Path, page_port: int) -> Iterator[str]:
    """Run Prometheus and the console; provide the console's address."""
    ports = [free_port(), free_port()]
    (folder / "prometheus.yml").write_text(synthetic_fleet.CONFIG.format(port=page_port))
    prometheus = [
        str(find("prometheus").path),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{ports[0]}",
    ]
    console = [sys.executable, "-m", "vigie", "console", "--web.listen-address", f"127.0.0.1:{ports[1]}"]
    console += ["--prometheus-url", f"http://127.0.0.1:{ports[0]}"]
    with (folder / "log").open("ab") as log:
        started = [subprocess.Popen(command, stdout=log, stderr=log) for command in (prometheus, console)]
    try:
        yield f"http://127.0.0.1:{ports[1]}"
    finally:
        for program in reversed(started):
            program.terminate()
            program.wait(20)


def count(url: str) -> int:
    """Return how many hosts the console knows, 0 while it does not answer."""
    try:
        text = requests.get(url + "/", timeout=30).text
    except requests.ConnectionError:
        return 0
    match = re.search(r"\d+ of (\d+) hosts", text)
    return int(match[1]) if match else 0


def wait(condition: Callable[[], bool]) -> None:
    """Wait until it holds, two minutes at most."""
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("the fleet did not appear in 120 s")
        time.sleep(0.5)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
