"""Proves the chain from this host's exporter to Alertmanager; each step is named, and so is the log to look into."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from vigie.up.stack import Layout

TIMEOUT_SECONDS = 3
# Only loopback is asked, so a proxy of the environment has no say.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Step(NamedTuple):
    """One link of the chain: what is true when it holds, how to ask, and whose log tells why it does not."""

    name: str
    holds: Callable[[], bool]
    program: str


def leader(one: Layout) -> Step:
    """Return the link without which nobody can register or discover."""
    return Step("Consul has a leader", lambda: bool(get(one.url("consul") + "/v1/status/leader")), "consul")


def ready(one: Layout, name: str, path: str = "/-/ready") -> Step:
    """Return the link that server `name` answers at its readiness `path`."""
    return Step(f"{name} is ready", lambda: answers(one.url(name) + path), name)


def chain(one: Layout, started: float) -> Sequence[Step]:
    """Return the links from this host to its alerts; samples count only when taken after `started` (Unix seconds)."""
    prometheus = one.url("prometheus")
    host = json.dumps(one.host)
    up = f'up{{job="node",instance={host}}}'
    cpu = f'node_cpu_seconds_total{{job="node",instance={host}}}'
    return (
        Step(f"{up} == 1", lambda: has_fresh(prometheus, f"{up} == 1", up, started), "exporter, discovery"),
        Step("node_cpu_seconds_total answers", lambda: has_fresh(prometheus, cpu, cpu, started), "exporter"),
        Step("rules are loaded", lambda: has_rules(get(prometheus + "/api/v1/rules")), "provision"),
        ready(one, "alertmanager"),
        Step(
            "prometheus sends alerts to alertmanager",
            lambda: is_connected(get(prometheus + "/api/v1/alertmanagers"), one.address("alertmanager")),
            "prometheus",
        ),
    )


def get(url: str) -> Any:
    """Return the JSON that `url` answers, None when it does not answer 200 with JSON in time."""
    try:
        with OPENER.open(url, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def answers(url: str) -> bool:
    """Tell whether `url` answers with success."""
    try:
        with OPENER.open(url, timeout=TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def has_fresh(prometheus: str, expression: str, selector: str, started: float) -> bool:
    """Tell whether `expression` has a result whose sample is newer than `started`.

    Without this a kept database would prove the chain with the samples of the run before (they count for 5 min).
    """
    query = f"({expression}) and (timestamp({selector}) > {started:.3f})"
    answer = get(f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    return bool(answer and answer["data"]["result"])


def has_rules(answer: Any) -> bool:
    """Tell whether Prometheus's answer to /api/v1/rules names a rule, and none that it can't evaluate."""
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]] if answer else []
    return bool(rules) and all(rule["health"] != "err" for rule in rules)


def is_connected(answer: Any, address: str) -> bool:
    """Tell whether Prometheus's answer to /api/v1/alertmanagers names the one at `address`."""
    active = answer["data"]["activeAlertmanagers"] if answer else []
    return any(urllib.parse.urlsplit(one["url"]).netloc == address for one in active)
