"""Turns an instance into a target, or refuses it with a reason: nobody gets to claim another's identity."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

from discovery.consul.records import Instance
from discovery.targets import probes
from discovery.targets.labels import CONTROL, Note, meta_labels, own_labels, scrape_labels
from discovery.targets.selection import Facts, Selection

EXPORTER_SERVICE = "vigie-exporter"
FIXED_JOBS = frozenset(
    (
        "node",
        "prometheus",
        "alertmanager",
        "consul",
        "grafana",
        "traefik",
        "blackbox",
        "victoria-metrics",
        "vigie-discovery",
        "vigie-provision",
        "vigie-console",
        "probe-http",
        "probe-tcp",
    )
)
HOST_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
LABELS_MAX_BYTES = 65536

Key = tuple[str, str, str]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Probe(Struct, frozen=True):
    """The same instance as a target of blackbox_exporter: its kind, and its group in the kind's file."""

    kind: probes.Kind
    group: bytes


class Target(Struct, frozen=True):
    """One target as it stands in a file, and what the guard needs to know of its instance.

    `group` is empty for an instance that is probed only.
    """

    dc: str
    host: str
    service_id: str
    job: str
    instance: str
    health: str
    group: bytes
    is_leaving: bool = False
    is_spot: bool = False
    is_node_down: bool = False
    created_index: int = 0
    probe: Probe | None = None

    @property
    def key(self) -> Key:
        """What makes it the same instance over time: never its address, which is recycled."""
        return self.dc, self.host, self.service_id


class RefusedError(Exception):
    """An instance is no target; `reason` is one word for a metric's label."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Refusal(NamedTuple):
    """A refused instance or label: whose, why in one word, and the detail for the log."""

    key: Key
    reason: str
    detail: str


class Policy(NamedTuple):
    """What is selected, with which health by job, and who may claim what."""

    selection: Selection
    health: Mapping[str, str]
    fixed_jobs: frozenset[str]
    networks: tuple[Network, ...]
    credential_jobs: frozenset[str]


def is_selected(row: Instance, policy: Policy) -> bool:
    """Return whether an instance is to be scraped: by the selection, and its job's wish for health."""
    node, service = row.node, row.service
    facts = Facts(
        service=service.name,
        tags=service.tags or (),
        node=node.name,
        dc=node.datacenter,
        health=row.health,
        meta=service.meta or {},
        node_meta=node.meta or {},
    )
    wanted = policy.health.get("node" if service.name == EXPORTER_SERVICE else service.name, "any")
    is_healthy = (
        wanted == "any" or row.health == "passing" or (wanted == "not-maintenance" and row.health != "maintenance")
    )
    return is_healthy and policy.selection.selects(facts)


def target(row: Instance, policy: Policy, note: Note, *, is_scraped: bool = True) -> Target:
    """Return the target of `row`; raise RefusedError. `note(reason, detail)` hears of labels left out.

    One that is not scraped has no group but that of its probe.
    """
    job = job_name(row.service.name, policy)
    for text in (row.node.name, row.service.id, row.node.datacenter):
        if CONTROL.search(text) or not text:
            raise RefusedError("name", f"{text!r} is empty or holds control characters")
    host = _address(row, job, policy)
    address = f"[{host}]:{row.service.port}" if ":" in host else f"{host}:{row.service.port}"
    labels = dict(meta_labels(row, note))
    labels["__meta_consul_health"] = row.health
    labels |= dict(own_labels(row, note))
    labels |= {"job": job, "instance": _instance(row, job, address), "host": row.node.name, "dc": row.node.datacenter}
    group = _group(address, labels | dict(scrape_labels(row, note)))
    kind = probes.kind(row, is_scraped=is_scraped, note=note)
    probe = Probe(kind, _group(*probes.target(kind, row, address, labels))) if kind else None
    return Target(
        dc=row.node.datacenter,
        host=row.node.name,
        service_id=row.service.id,
        job=job,
        instance=labels["instance"],
        health=row.health,
        group=group if is_scraped else b"",
        is_leaving=row.is_leaving,
        is_spot=_is_spot(row, job),
        is_node_down=row.is_node_down,
        created_index=row.service.create_index,
        probe=probe,
    )


def _group(address: str, labels: Mapping[str, str]) -> bytes:
    group = msgspec.json.encode({"targets": [address], "labels": {name: labels[name] for name in sorted(labels)}})
    if len(group) > LABELS_MAX_BYTES:
        raise RefusedError("too_large", f"its labels take {len(group)} bytes, more than {LABELS_MAX_BYTES}")
    return group


def job_name(service: str, policy: Policy) -> str:
    """Return the job of a service: `node` for the exporter alone; raise RefusedError for a reserved name."""
    if service == EXPORTER_SERVICE:
        return "node"
    if service in FIXED_JOBS and (service == "node" or service not in policy.fixed_jobs):
        raise RefusedError("reserved_job", f"service {service!r} has the name of a fixed job")
    if not service or CONTROL.search(service):
        raise RefusedError("name", f"service {service!r} is empty or holds control characters")
    return service


def without_duplicates(targets: Iterable[Target]) -> tuple[dict[Key, Target], list[Refusal]]:
    """Return the targets by key, and the refused: of two with one (dc, job, instance) the older stays."""
    kept: dict[Key, Target] = {}
    refused: list[Refusal] = []
    identities: dict[tuple[str, str, str], Key] = {}
    for one in sorted(targets, key=lambda target: (target.created_index, target.key)):
        first = identities.setdefault((one.dc, one.job, one.instance), one.key)
        if first == one.key:
            kept[one.key] = one
        else:
            refused.append(Refusal(one.key, "duplicate", f"{one.instance!r} of job {one.job!r} is {first} already"))
    return kept, refused


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of settings; raise ValueError for what is none."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def _address(row: Instance, job: str, policy: Policy) -> str:
    """Return the host part of the address; raise RefusedError unless the policy allows it."""
    of_node = {row.node.address, *(row.node.tagged_addresses or {}).values()}
    address = row.service.address or row.node.address
    if (job == "node" or job in policy.credential_jobs) and address not in of_node:
        raise RefusedError("not_node_address", f"{address!r} is not an address of node {row.node.name!r}")
    if not 0 < row.service.port < 65536:
        raise RefusedError("port", f"port {row.service.port} is none")
    try:
        parsed = ipaddress.ip_address(address.replace("%", "/"))  # a zone is free text and means nothing elsewhere
    except ValueError:
        is_open = all(network.prefixlen == 0 for network in policy.networks)
        if is_open and HOST_NAME.fullmatch(address):
            return address
        raise RefusedError("address", f"{address!r} is no address in the allowed networks") from None
    if not any(parsed in network for network in policy.networks):
        raise RefusedError("network", f"{address} is outside the allowed networks")
    return str(parsed)


def _is_spot(row: Instance, job: str) -> bool:
    """Return whether the node's Meta, or its exporter's, says that the cloud may take the machine away."""
    of_exporter = (row.service.meta or {}) if job == "node" else {}
    return "spot" in {(row.node.meta or {}).get("lifecycle"), of_exporter.get("lifecycle")}


def _instance(row: Instance, job: str, address: str) -> str:
    """Return the `instance` label; only a name below its own host's may be chosen, as containers do."""
    if job == "node":
        return row.node.name
    claimed = (row.service.meta or {}).get("instance", "")
    return claimed if claimed.startswith(f"{row.node.name}/") and not CONTROL.search(claimed) else address
