"""What an operator wants to see: each target with its labels and why it is there, and what was refused."""

from collections.abc import Mapping
from typing import Any

from discovery.guard.snapshot import DatacenterView, Snapshot
from discovery.guard.state import Entry
from discovery.publishing.groups import decode_group
from discovery.targets.target import Key


def list_targets(snapshot: Snapshot) -> dict[str, Any]:
    """Return `datacenters`, `targets` and `refused`, ready for JSON; times in seconds since the epoch."""
    targets = [
        _describe_target(entry, datacenter.displaced)
        for datacenter in snapshot.datacenters
        for entries in datacenter.state.services.values()
        for entry in entries.values()
    ]
    refused = [refusal for datacenter in snapshot.datacenters for refusal in _describe_refusals(datacenter)]
    return {
        "datacenters": [
            {
                "dc": datacenter.dc,
                "ready": datacenter.is_ready,
                "last_success": datacenter.last_success,
                "frozen": datacenter.state.freeze_reason,
            }
            for datacenter in snapshot.datacenters
        ],
        "targets": sorted(targets, key=lambda target: [target[key] for key in ("job", "dc", "instance", "id")]),
        "refused": sorted(refused, key=lambda refusal: [refusal[key] for key in REFUSAL_KEYS]),
    }


REFUSAL_KEYS = ("dc", "service", "id", "why", "detail")


def _describe_refusals(datacenter: DatacenterView) -> list[dict[str, str]]:
    return [
        {
            "dc": datacenter.dc,
            "service": service or refusal.key[2],
            "id": "/".join(refusal.key),
            "why": refusal.reason,
            "detail": refusal.detail,
        }
        for service, refusals in datacenter.refusals.items()
        for refusal in refusals
    ]


def _describe_target(entry: Entry, displaced: Mapping[Key, str]) -> dict[str, Any]:
    target = entry.target
    scrape = decode_group(target.group) if target.group else None
    probe = decode_group(target.probe.group) if target.probe else None
    group = scrape or probe
    labels = group.labels if group else {}
    return {
        "job": target.job,
        "instance": target.instance,
        "host": target.host,
        "dc": target.dc,
        "health": target.health,
        "status": "displaced" if target.key in displaced else entry.status,
        "displaced_by": displaced.get(target.key),
        "since": entry.since,
        "id": target.service_id,
        "service": labels.get("__meta_consul_service", ""),
        "address": scrape.targets[0] if scrape else None,
        "probe": probe.targets[0] if probe else None,
        "labels": {name: value for name, value in labels.items() if not name.startswith("__meta_")},
    }
