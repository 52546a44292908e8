"""The shipped stack idles, and says which alerts fired and on what evidence. Run by `make soak-alerts`.

`vigie up` as it is, but scraping every 15 s as a fleet does, on this machine; as root with two idle containers. What
watches the watching must stay quiet; what is said of the machine is printed with the series that it is made of, so that
a person can see whether it is true.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
import requests
import yaml

from tests.fixtures.docker import daemon as docker
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration

MACHINE = ("host", "disk", "system", "container")  # rule files whose alerts are about the machine that this runs on
METRIC = re.compile(r"\b(?:node|container|vigie|prometheus|alertmanager|consul|scrape)_\w+|\bup\b")
NARROWING = ("instance", "host", "device", "mountpoint", "name", "chip", "unit")
ROWS_MAX = 4
STEP_SECONDS = 15


@pytest.fixture
def prometheus(tmp_path, tmp_path_factory, port_offset):
    """Return the URL of the Prometheus of a whole stack; containers run beside it when that can be had."""
    vigie = [sys.executable, "-m", "vigie"]
    environment = dict(os.environ)
    with ExitStack() as stack:
        if os.geteuid() == 0:
            daemon = stack.enter_context(docker.running(tmp_path_factory.mktemp("d")))
            environment["VIGIE_EXPORTER_DOCKER"] = daemon.url
            for name in ("idle-1", "idle-2"):
                daemon.start(name, ["sleep", "86400"])
        up = ["up", "--detach", "--scrape-interval=15", f"--port-offset={port_offset}", f"--dir={tmp_path}/up"]
        subprocess.run([*vigie, *up], env=environment, check=True, timeout=300)
        stack.callback(subprocess.run, [*vigie, "down", f"--dir={tmp_path}/up"], check=True, timeout=120)
        yield f"http://127.0.0.1:{9090 + port_offset}"


def test_an_idle_machine_pages_nobody_but_for_what_is_wrong_with_it(prometheus, minutes):
    began = time.time()
    time.sleep(minutes * 60)
    fired = firing(prometheus, began)
    for labels, seconds in fired:
        print(f"\n{labels['alertname']}: fired for {seconds / 60:.1f} of {minutes:g} minutes")  # noqa: T201 - evidence
        print("  " + "\n  ".join(evidence(prometheus, labels)))  # noqa: T201 - evidence
    names = {labels["alertname"] for labels, _ in fired}
    assert names - of_the_machine() == {"Watchdog"}


def firing(url, began):
    """Return (labels, seconds) of each alert that has fired since, longest first."""
    span = {"start": began, "end": time.time(), "step": STEP_SECONDS}
    query = {"query": 'ALERTS{alertstate="firing"}', **span}
    series = requests.get(url + "/api/v1/query_range", query, timeout=20).json()["data"]["result"]
    return sorted(((row["metric"], len(row["values"]) * STEP_SECONDS) for row in series), key=lambda each: -each[1])


def evidence(url, labels):
    """Yield what the alert says, by which expression, and the series that this is made of."""
    rules = requests.get(url + "/api/v1/rules", {"type": "alert"}, timeout=20).json()["data"]["groups"]
    rule = next(rule for group in rules for rule in group["rules"] if rule["name"] == labels["alertname"])
    shown = {name: value for name, value in labels.items() if name not in {"__name__", "alertname", "alertstate"}}
    yield f"labels: {shown}"
    yield from (alert["annotations"]["description"] for alert in rule["alerts"][:1])
    yield f"expression: {' '.join(rule['query'].split())}"
    for metric in sorted(set(METRIC.findall(rule["query"]))):
        narrowed = ",".join(f'{name}=~"{re.escape(shown[name])}|"' for name in NARROWING if name in shown)
        answer = requests.get(url + "/api/v1/query", {"query": f"{metric}{{{narrowed}}}"}, timeout=20).json()
        for row in answer["data"]["result"][:ROWS_MAX]:
            yield f"{row['metric']} = {row['value'][1]}"


def of_the_machine():
    """Return the names of the alerts that are about the machine."""
    texts = [(builtin("alerting", "rules") / f"{name}.yml").read_text() for name in MACHINE]
    rules = [rule for text in texts for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    return {rule["alert"] for rule in rules if "alert" in rule}
