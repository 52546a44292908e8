"""Turns an instance into a target, or refuses it with a reason: nobody gets to claim another's identity."""

import ipaddress
from collections.abc import Iterable, Mapping

import msgspec

from discovery.consul.records import Instance
from discovery.targets.addresses import ForbiddenAddressError, check_address
from discovery.targets.blackbox_probes import find_probe_kind, probe_group
from discovery.targets.labels import CONTROL, OnOmission, meta_labels, own_labels, scrape_labels
from discovery.targets.policy import Policy, job_name
from discovery.targets.target import EXPORTER_JOB, Key, Probe, Refusal, RefusedError, Target, rank_health

LABELS_MAX_BYTES = 65536


def build_target(row: Instance, policy: Policy, on_omission: OnOmission, *, is_scraped: bool = True) -> Target:
    """Return the target of `row`; raise RefusedError. `on_omission(reason, detail)` is called for each label left out.

    One that is not scraped has no group but that of its probe.
    """
    job = job_name(row.service.name, policy)
    for text in (row.node.name, row.service.id, row.node.datacenter):
        if CONTROL.search(text) or not text:
            raise RefusedError("name", f"{text!r} is empty or holds control characters")
    host = _address(row, job, policy)
    address = f"[{host}]:{row.service.port}" if ":" in host else f"{host}:{row.service.port}"
    labels = dict(meta_labels(row, on_omission))
    labels["__meta_consul_health"] = row.health
    labels |= dict(own_labels(row, on_omission))
    labels |= {"job": job, "instance": _instance(row, job, address), "host": row.node.name, "dc": row.node.datacenter}
    group = _group(address, labels | dict(scrape_labels(row, on_omission)))
    kind = find_probe_kind(row, on_omission, is_scraped=is_scraped)
    probe = Probe(kind, _group(*probe_group(kind, row, address, labels))) if kind else None
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
        address=host,
        port=row.service.port,
        node_address=plain_address(row.node.address),
    )


def _group(address: str, labels: Mapping[str, str]) -> bytes:
    group = msgspec.json.encode({"targets": [address], "labels": {name: labels[name] for name in sorted(labels)}})
    if len(group) > LABELS_MAX_BYTES:
        raise RefusedError("too_large", f"its labels take {len(group)} bytes, more than {LABELS_MAX_BYTES}")
    return group


def without_duplicates(targets: Iterable[Target]) -> tuple[dict[Key, Target], list[Refusal]]:
    """Return the targets by key, and the refused: of two with one (dc, job, instance) the living stays.

    Passing wins over critical, a machine that is up over one that is down, and only then the older.
    """
    kept: dict[Key, Target] = {}
    refused: list[Refusal] = []
    identities: dict[tuple[str, str, str], Key] = {}
    for target in sorted(targets, key=lambda target: (rank_health(target), target.created_index, target.key)):
        first = identities.setdefault((target.dc, target.job, target.instance), target.key)
        if first == target.key:
            kept[target.key] = target
        else:
            detail = f"{target.instance!r} of job {target.job!r} is {first} already"
            refused.append(Refusal(target.key, "duplicate", detail))
    return kept, refused


def _address(row: Instance, job: str, policy: Policy) -> str:
    """Return the host part of the address; raise RefusedError unless the policy allows it."""
    of_node = {plain_address(text) for text in (row.node.address, *(row.node.tagged_addresses or {}).values())}
    address = _own_address(row)
    if (job == EXPORTER_JOB or job in policy.credential_jobs) and plain_address(address) not in of_node:
        raise RefusedError("not_node_address", f"{address!r} is not an address of node {row.node.name!r}")
    if not 0 < row.service.port < 65536:
        raise RefusedError("port", f"port {row.service.port} is none")
    try:
        return check_address(address, row.node.address, policy.networks, policy.resolve)
    except ForbiddenAddressError as error:
        raise RefusedError(error.reason, str(error)) from error


def _own_address(row: Instance) -> str:
    """Return the instance's address: the node's WAN address where Consul has put that for the node's own."""
    tagged = row.node.tagged_addresses or {}
    is_translated = row.node.address == tagged.get("wan") and row.node.address != tagged.get("lan")
    if is_translated and row.service.address == tagged.get("lan"):
        return row.node.address
    return row.service.address or row.node.address


def plain_address(address: str) -> str:
    """Return an IP address as Python spells it, so that two of them can be compared; a name as it is."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _is_spot(row: Instance, job: str) -> bool:
    """Return whether the node's Meta, or its exporter's, says that the cloud may take the machine away."""
    of_exporter = (row.service.meta or {}) if job == EXPORTER_JOB else {}
    return "spot" in {(row.node.meta or {}).get("lifecycle"), of_exporter.get("lifecycle")}


def _instance(row: Instance, job: str, address: str) -> str:
    """Return the `instance` label; only a name below its own host's may be chosen, as containers do."""
    if job == EXPORTER_JOB:
        return row.node.name
    claimed = (row.service.meta or {}).get("instance", "")
    return claimed if claimed.startswith(f"{row.node.name}/") and not CONTROL.search(claimed) else address
