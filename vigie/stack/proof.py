"""Proves the chain from this host's exporter to Alertmanager; each step is named, and so is the log to look into."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from vigie.core.http.client import Answer, HttpClient, Request, patient_for
from vigie.core.http.fetch_failure import FetchError
from vigie.core.settings import ServerAccess
from vigie.stack.layout import Layout

TIMEOUT_SECONDS = 3


class Step(NamedTuple):
    """One link of the chain: what is true when it holds, how to ask, and whose log tells why it does not."""

    name: str
    holds: Callable[[], bool]
    program: str


def consul_steps(layout: Layout) -> Iterator[Step]:
    """Yield the links without which nobody can register or discover: a leader, whom every server knows."""
    servers = layout.members("consul")
    yield Step("Consul has a leader", lambda: bool(get_json(layout.url("consul") + "/v1/status/leader")), "consul")
    if len(servers) > 1:
        name = f"all {len(servers)} Consul servers know the same leader"
        yield Step(name, lambda: _agree_on_leader(layout), ", ".join(servers))


def readiness_steps(layout: Layout) -> Iterator[Step]:
    """Yield the links that must hold before rules and routes are delivered."""
    for name in layout.members("prometheus"):
        yield ready_step(layout, name)
    if "grafana" in layout.servers:
        yield ready_step(layout, "grafana", "/api/health")


def ready_step(layout: Layout, name: str, path: str = "/-/ready") -> Step:
    """Return the link that server `name` answers at its readiness `path`."""
    return Step(f"{name} is ready", lambda: answers(layout.url(name) + path), name)


def chain_steps(layout: Layout, started: float) -> Iterator[Step]:
    """Yield the links from this host to its alerts; samples count only when taken after `started` (Unix seconds)."""
    yield from _sample_steps(layout, "prometheus", started)
    for name in layout.members("prometheus"):
        yield Step(_name_of_step(layout, name, "rules are loaded"), partial(_has_rules, layout.url(name)), "provision")
    for name in layout.members("alertmanager"):
        yield ready_step(layout, name)
    for name in layout.members("prometheus"):
        yield _sending_step(layout, name)
    if layout.settings.ha:
        yield from _redundancy_steps(layout, started)


def _sample_steps(layout: Layout, prometheus: str, started: float) -> Iterator[Step]:
    """Yield that this host's exporter answers the Prometheus of its shard; which shard that is nobody needs to know."""
    host = json.dumps(layout.host)
    up = f'up{{job="node",instance={host}}}'
    cpu = f'node_cpu_seconds_total{{job="node",instance={host}}}'
    urls = [layout.url(name) for name in layout.members(prometheus)]
    replicas = len(layout.pair(prometheus))

    def has_samples(expression: str, selector: str) -> bool:
        return sum(has_fresh(url, expression, selector, started) for url in urls) >= replicas

    yield Step(_on_replicas(f"{up} == 1", replicas), lambda: has_samples(f"{up} == 1", up), "exporter, discovery")
    yield Step(_on_replicas("node_cpu_seconds_total answers", replicas), lambda: has_samples(cpu, cpu), "exporter")


def _sending_step(layout: Layout, prometheus: str) -> Step:
    """Return that a Prometheus knows each Alertmanager."""
    alertmanagers = layout.members("alertmanager")
    url = layout.url(prometheus) + "/api/v1/alertmanagers"
    name = f"{prometheus} sends alerts to {' and '.join(alertmanagers)}"
    return Step(
        name, lambda: all(is_connected(get_json(url), layout.address(other)) for other in alertmanagers), prometheus
    )


def _redundancy_steps(layout: Layout, started: float) -> Iterator[Step]:
    """Yield that the pairs know each other, and that the long-term store gets what they scrape."""
    for name in layout.members("prometheus"):
        twin = next(other for other in layout.pair(name) if other != name)
        up = f'up{{job="prometheus",instance="{layout.address(twin)}"}}'
        yield Step(f"{name} watches {twin}", partial(has_fresh, layout.url(name), f"{up} == 1", up, started), name)
    members = len(layout.members("alertmanager"))
    for name in layout.members("alertmanager"):
        yield Step(f"{name} has its peers", partial(_has_peers, layout.url(name), members), name)
    up = f'up{{job="node",instance={json.dumps(layout.host)}}}'
    store = layout.url("victoria-metrics")
    fresh = f"({up} == 1) and (timestamp({up}) > {started:.3f})"
    said = "victoria-metrics takes what both write for one series"
    yield Step(said, lambda: len(query(store, fresh)) == 1, ", ".join(layout.members("prometheus")))


def _has_rules(prometheus: str) -> bool:
    return has_rules(get_json(prometheus + "/api/v1/rules"))


def _has_peers(alertmanager: str, members: int) -> bool:
    return has_peers(get_json(alertmanager + "/api/v2/status"), members)


def _name_of_step(layout: Layout, name: str, sentence: str) -> str:
    return f"{name}: {sentence}" if layout.settings.ha else sentence


def _on_replicas(sentence: str, replicas: int) -> str:
    return f"{sentence}, on {replicas} Prometheus" if replicas > 1 else sentence


def _agree_on_leader(layout: Layout) -> bool:
    leaders = {get_json(layout.url(name) + "/v1/status/leader") for name in layout.members("consul")}
    return len(leaders) == 1 and None not in leaders and "" not in leaders


def get_json(url: str) -> Any:
    """Return the JSON that `url` answers, None when it does not answer 200 with JSON in time."""
    try:
        return json.loads(request(url).body)
    except (FetchError, ValueError):
        return None


def answers(url: str) -> bool:
    """Tell whether `url` answers with success."""
    try:
        request(url)
    except FetchError:
        return False
    return True


def request(url: str, method: str = "GET") -> Answer:
    """Return the answer of a server of our own stack at `url`; raise FetchError."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    with HttpClient(ServerAccess(), patient_for(TIMEOUT_SECONDS), [origin]) as server:
        return server.request(Request(method, url.removeprefix(origin) or "/", is_safe=method == "GET"))


def has_fresh(prometheus: str, expression: str, selector: str, started: float) -> bool:
    """Tell whether `expression` has a result whose sample is newer than `started`.

    Without this a kept database would prove the chain with the samples of the run before (they count for 5 min).
    """
    return bool(query(prometheus, f"({expression}) and (timestamp({selector}) > {started:.3f})"))


def query(url: str, expression: str) -> list[Any]:
    """Return the series that the Prometheus (or the like) at `url` answers to `expression` now; none when it can't."""
    answer = get_json(f"{url}/api/v1/query?{urlencode({'query': expression})}")
    return list(answer["data"]["result"]) if answer else []


def has_rules(answer: Any) -> bool:
    """Tell whether Prometheus's answer to /api/v1/rules names a rule, and none that it can't evaluate."""
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]] if answer else []
    return bool(rules) and all(rule["health"] != "err" for rule in rules)


def is_connected(answer: Any, address: str) -> bool:
    """Tell whether Prometheus's answer to /api/v1/alertmanagers names the one at `address`."""
    active = answer["data"]["activeAlertmanagers"] if answer else []
    return any(urlsplit(alertmanager["url"]).netloc == address for alertmanager in active)


def has_peers(answer: Any, members: int) -> bool:
    """Tell whether Alertmanager's answer to /api/v2/status shows a settled cluster of so many members."""
    cluster = answer["cluster"] if answer else {}
    return cluster.get("status") == "ready" and len(cluster.get("peers", ())) == members
