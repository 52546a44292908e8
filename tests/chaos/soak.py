"""An idle hour: no file is written while nothing changes. Run by `make soak`; pytest does not collect it by itself."""

import sys
import time

import pytest

pytestmark = pytest.mark.integration

FLEET = 200


def test_an_idle_hour_costs_no_write(consul, catalog_at, start_program, wait_until, minutes):
    catalog = catalog_at(consul.url)
    for job in ("web", "api", "db"):
        catalog.fleet(job, FLEET)
    command = [
        *(sys.executable, "-m", "vigie", "discovery", "--consul", consul.url, "--output", "{folder}/targets"),
        "--web.listen-address=127.0.0.1:{port}",
    ]
    running = start_program(command, "/-/healthy")
    folder = running.folder / "targets"
    wait_until(lambda: [count(folder, job) for job in ("web", "api", "db")] == [FLEET] * 3)
    time.sleep(60)  # the last settling and looking out after the start

    def files():
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*.json")}

    before, end = files(), time.monotonic() + minutes * 60
    while time.monotonic() < end:
        time.sleep(5)
        assert files() == before


def count(folder, job):
    path = folder / f"app-{job}.json"
    return path.read_text().count('"targets"') if path.exists() else 0
