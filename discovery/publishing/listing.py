"""What an operator wants to see: each target with its labels and why it is there, and what was refused."""

import json
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from discovery.guard.snapshot import Snapshot
from discovery.guard.state import Entry
from discovery.publishing.groups import decode


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """Return `datacenters`, `targets` and `refused`, ready for JSON; times in seconds since the epoch."""
    targets = [_target(one) for one in snapshot.entries()]
    refused = [
        {
            "dc": site.dc,
            "service": service or one.key[2],
            "id": "/".join(one.key),
            "why": one.reason,
            "detail": one.detail,
        }
        for site in snapshot.sites
        for service, refusals in site.refusals.items()
        for one in refusals
    ]
    return {
        "datacenters": [
            {
                "dc": site.dc,
                "ready": site.is_ready,
                "last_success": site.last_success,
                "doubt": site.state.doubt,
            }
            for site in snapshot.sites
        ],
        "targets": sorted(targets, key=lambda one: (one["job"], one["dc"], one["instance"], one["id"])),
        "refused": sorted(refused, key=lambda one: (one["dc"], one["service"], one["id"], one["why"], one["detail"])),
    }


def _target(entry: Entry) -> dict[str, Any]:
    one = entry.target
    scrape = decode(one.group) if one.group else None
    probe = decode(one.probe.group) if one.probe else None
    group = scrape or probe
    labels = group.labels if group else {}
    return {
        "job": one.job,
        "instance": one.instance,
        "host": one.host,
        "dc": one.dc,
        "health": one.health,
        "status": entry.status,
        "since": entry.since,
        "id": one.service_id,
        "service": labels.get("__meta_consul_service", ""),
        "address": scrape.targets[0] if scrape else None,
        "probe": probe.targets[0] if probe else None,
        "labels": {name: value for name, value in labels.items() if not name.startswith("__meta_")},
    }


def show(found: dict[str, Any], console: Console) -> None:
    """Print the facts as tables."""
    for site in found["datacenters"]:
        age = f"{time.time() - site['last_success']:.0f} s ago" if site["last_success"] else "never"
        doubt = f", in doubt: {site['doubt']}" if site["doubt"] else ""
        console.print(f"datacenter {site['dc'] or '(of the agent)'}: Consul answered {age}{doubt}", markup=False)
    titles = ("job", "instance", "address", "dc", "origin", "health", "status", "labels")
    targets = Table(*titles, title=f"{len(found['targets'])} targets")
    for one in found["targets"]:
        own = {name: value for name, value in one["labels"].items() if name not in {"job", "instance", "dc"}}
        labels = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in own.items())
        origin = f"{one['service']} {one['id']}"
        address = one["address"] or f"probe {one['probe']}"
        row = (one["job"], one["instance"], address, one["dc"], origin, one["health"], one["status"], labels)
        targets.add_row(*map(_plain, row))
    console.print(targets)
    if found["refused"]:
        refused = Table("dc", "service", "instance", "why", "detail", title=f"{len(found['refused'])} refused")
        for one in found["refused"]:
            refused.add_row(*(_plain(one[key]) for key in ("dc", "service", "id", "why", "detail")))
        console.print(refused)


def _plain(text: str) -> str:
    """Return outside text without what a terminal, or rich, would obey."""
    return "".join(one if one.isprintable() else "�" for one in text).replace("[", r"\[")
