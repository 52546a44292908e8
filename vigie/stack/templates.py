"""Fills in the configurations of `compose/`, for `vigie up` and compose alike; what each value means stands here."""

import json
from collections.abc import Mapping, Sequence
from string import Template
from typing import NamedTuple

from vigie.core.builtin import builtin


class Prometheus(NamedTuple):
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


class Consul(NamedTuple):
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


def prometheus(wanted: Prometheus) -> str:
    """Return the text of prometheus.yml."""
    labels = {"replica": wanted.replica} if wanted.replica else {}
    if wanted.shards > 1:
        labels["prometheus_shard"] = str(wanted.shard)
    token_file = wanted.consul_token_file
    others = {"victoria-metrics": wanted.stores, **wanted.others}
    given = {
        name: _yaml(value) if isinstance(value, list | tuple) else value for name, value in wanted._asdict().items()
    }
    values = {
        **given,
        "replica": wanted.replica or "",
        "external_labels": _yaml(labels),
        "others": "\n".join(_job(name, targets) for name, targets in others.items() if targets),
        "consul_authorization": _yaml({"credentials_file": token_file} if token_file else None),
    }
    text = render(_template("prometheus", "prometheus.yml"), values)
    return text + ("\n" + render(_template("prometheus", "remote-write.yml"), values) if wanted.store_url else "")


def consul(wanted: Consul) -> str:
    """Return the text of a Consul server's configuration."""
    return render(_template("consul", "server.json"), {**wanted._asdict(), "join": _yaml(list(wanted.join))})


def alertmanager(inbox_url: str) -> str:
    """Return the text of alertmanager.yml; `inbox_url` is where every alert goes before routes are delivered."""
    return render(_template("alertmanager", "alertmanager.yml"), {"inbox": inbox_url})


def blackbox() -> str:
    """Return the text of blackbox.yml."""
    return _template("blackbox", "blackbox.yml")


def render(template: str, values: Mapping[str, str | int]) -> str:
    """Return `template` with every `${name}` filled in; raise KeyError for a name without a value."""
    return Template(template).substitute(values)


def _template(*parts: str) -> str:
    return builtin("compose", *parts).read_text()


def _job(name: str, targets: Sequence[str]) -> str:
    plain = [one for one in targets if "/" not in one]
    groups: list[dict[str, object]] = [{"targets": plain}] if plain else []
    for address, slash, path in (one.partition("/") for one in targets if "/" in one):
        groups.append({"targets": [address], "labels": {"__metrics_path__": slash + path}})
    return "  - " + _yaml({"job_name": name, "static_configs": groups})


def _yaml(value: object) -> str:
    """Return `value` in one line that YAML and JSON read alike."""
    return json.dumps(value)
