"""Prints what a running bridge lists, for `vigie discovery show`."""

import json
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from discovery.publishing.listing import REFUSAL_KEYS

TARGET_TITLES = ("job", "instance", "address", "dc", "origin", "health", "status", "labels")
REFUSAL_TITLES = ("dc", "service", "instance", "why", "detail")


def print_tables(listing: Mapping[str, Any], console: Console) -> None:
    """Print the listing as tables."""
    for datacenter in listing["datacenters"]:
        console.print(_describe_datacenter(datacenter), markup=False)
    targets = Table(*TARGET_TITLES, title=f"{len(listing['targets'])} targets")
    for target in listing["targets"]:
        targets.add_row(*map(_plain, _target_row(target)))
    console.print(targets)
    if listing["refused"]:
        refused = Table(*REFUSAL_TITLES, title=f"{len(listing['refused'])} refused")
        for refusal in listing["refused"]:
            refused.add_row(*(_plain(refusal[key]) for key in REFUSAL_KEYS))
        console.print(refused)


def _describe_datacenter(datacenter: Mapping[str, Any]) -> str:
    last_success = datacenter["last_success"]
    age = f"{time.time() - last_success:.0f} s ago" if last_success else "never"
    frozen = f", frozen: {datacenter['frozen']}" if datacenter["frozen"] else ""
    return f"datacenter {datacenter['dc'] or '(of the agent)'}: Consul answered {age}{frozen}"


def _target_row(target: Mapping[str, Any]) -> tuple[str, ...]:
    own = {name: value for name, value in target["labels"].items() if name not in {"job", "instance", "dc"}}
    labels = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in own.items())
    origin = f"{target['service']} {target['id']}"
    address = target["address"] or f"probe {target['probe']}"
    status = target["status"]
    return target["job"], target["instance"], address, target["dc"], origin, target["health"], status, labels


def _plain(text: str) -> str:
    """Return outside text without what a terminal, or rich, would obey."""
    return "".join(character if character.isprintable() else "�" for character in text).replace("[", r"\[")
