"""Fills in the configurations of `compose/`, for `vigie up` and compose alike; what each value means stands here."""

import json
from collections.abc import Mapping, Sequence
from string import Template
from typing import NamedTuple

from vigie.core.builtin import builtin


class PrometheusValues(NamedTuple):
    """What one Prometheus is told; addresses are `host:port`, folders absolute.

    `prometheuses` are itself and its twin, `discoveries` those beside the two. `replica` tells the two of a pair apart
    (None: it is alone) and occurs in regular expressions: letters, digits and dashes. Of `shards` pairs this one is
    number `shard`, from 0. `store_url` is where samples are written to for long, `stores` where that one tells its own
    metrics; `others` are further servers that do, by job (`grafana`, `traefik`, `vigie-console`, `vigie-provision`),
    each with the path behind its port where that is not `/metrics`. `consul_token_file` is for Consul's metrics under
    access control.
    """

    scrape_interval: str
    rules_folder: str
    targets_folder: str
    prometheuses: Sequence[str]
    alertmanagers: Sequence[str]
    consuls: Sequence[str]
    discoveries: Sequence[str]
    blackbox: str
    replica: str | None = None
    shard: int = 0
    shards: int = 1
    store_url: str | None = None
    stores: Sequence[str] = ()
    others: Mapping[str, Sequence[str]] = {}
    consul_token_file: str | None = None


class ConsulValues(NamedTuple):
    """What one Consul server is told: how many servers there are in all, and the Serf addresses of the others."""

    node_name: str
    datacenter: str
    data_dir: str
    bind_address: str
    client_address: str
    http_port: int = 8500
    server_port: int = 8300
    serf_port: int = 8301
    servers: int = 1
    join: Sequence[str] = ()


def render_prometheus(given: PrometheusValues) -> str:
    """Return the text of prometheus.yml."""
    labels = {"replica": given.replica} if given.replica else {}
    if given.shards > 1:
        labels["prometheus_shard"] = str(given.shard)
    token_file = given.consul_token_file
    others = {"victoria-metrics": given.stores, **given.others}
    in_yaml = {
        name: _to_yaml(value) if isinstance(value, list | tuple) else value for name, value in given._asdict().items()
    }
    values = {
        **in_yaml,
        "replica": given.replica or "",
        "external_labels": _to_yaml(labels),
        "others": "\n".join(_render_job(name, targets) for name, targets in others.items() if targets),
        "consul_authorization": _to_yaml({"credentials_file": token_file} if token_file else None),
    }
    text = fill_in(_read_template("prometheus", "prometheus.yml"), values)
    if given.store_url:
        text += "\n" + fill_in(_read_template("prometheus", "remote-write.yml"), values)
    return text


def render_consul(given: ConsulValues) -> str:
    """Return the text of a Consul server's configuration."""
    values = {**given._asdict(), "join": _to_yaml(list(given.join))}
    return fill_in(_read_template("consul", "server.json"), values)


def render_alertmanager(inbox_url: str) -> str:
    """Return the text of alertmanager.yml; `inbox_url` is where every alert goes before routes are delivered."""
    return fill_in(_read_template("alertmanager", "alertmanager.yml"), {"inbox": inbox_url})


def render_blackbox() -> str:
    """Return the text of blackbox.yml."""
    return _read_template("blackbox", "blackbox.yml")


def fill_in(template: str, values: Mapping[str, str | int]) -> str:
    """Return `template` with every `${name}` filled in; raise KeyError for a name without a value."""
    return Template(template).substitute(values)


def _read_template(*parts: str) -> str:
    return builtin("compose", *parts).read_text()


def _render_job(name: str, targets: Sequence[str]) -> str:
    plain = [target for target in targets if "/" not in target]
    groups: list[dict[str, object]] = [{"targets": plain}] if plain else []
    for address, slash, path in (target.partition("/") for target in targets if "/" in target):
        groups.append({"targets": [address], "labels": {"__metrics_path__": slash + path}})
    return "  - " + _to_yaml({"job_name": name, "static_configs": groups})


def _to_yaml(value: object) -> str:
    """Return `value` in one line that YAML and JSON read alike."""
    return json.dumps(value)
