"""The labels that an instance may set, and those that tell where it came from."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

from discovery.consul.records import Instance
from vigie.core.integrations import names as integrations

RESERVED_LABELS = frozenset(
    ("job", "instance", "host", "dc", "replica", "alertname", "severity", "le", "quantile", "integration")
)
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NOT_IN_LABEL_NAME = re.compile(r"[^a-zA-Z0-9_]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
META = "__meta_consul_"

# Is called for what is left out: with the reason in one word, and the detail for the log.
OnOmission = Callable[[str, str], None]


def scrape_labels(row: Instance, on_omission: OnOmission) -> Iterator[tuple[str, str]]:
    """Yield `__scheme__` and `__metrics_path__` where Meta gives valid ones."""
    meta = row.service.meta or {}
    scheme, path = meta.get("scheme", ""), meta.get("metrics_path", "")
    if scheme in {"http", "https"}:
        yield "__scheme__", scheme
    elif scheme:
        on_omission("scheme", f"scheme {scheme!r} is neither http nor https")
    if path.startswith("/") and not CONTROL.search(path):
        yield from _path_labels(path, on_omission)
    elif path:
        on_omission("metrics_path", f"metrics_path {path!r} is no path")


def _path_labels(path: str, on_omission: OnOmission) -> Iterator[tuple[str, str]]:
    """Yield the path, and `__param_<name>` for each parameter behind a `?`, which Prometheus would else quote."""
    plain, _, query = path.partition("?")
    yield "__metrics_path__", plain
    taken: set[str] = set()
    for name, value in parse_qsl(query.partition("#")[0], keep_blank_values=True):
        if not LABEL_NAME.fullmatch(name) or name in taken or CONTROL.search(value):
            on_omission("metrics_path", f"parameter {name!r} can't be sent, or is there twice")
        else:
            taken.add(name)
            yield f"__param_{name}", value


def own_labels(row: Instance, on_omission: OnOmission) -> Iterator[tuple[str, str]]:
    """Yield what Meta's `label_<name>` pairs ask for, except identities and names that Prometheus owns.

    `integration` names the software: boards and rules of integrations choose by it.
    """
    integration = (row.service.meta or {}).get("integration", "")
    if integrations.NAME.fullmatch(integration):
        yield "integration", integration
    elif integration:
        on_omission("integration", f"integration {integration[:80]!r} is no name: expected a-z, 0-9 and dashes")
    for key, value in sorted((row.service.meta or {}).items()):
        if not key.startswith("label_"):
            continue
        name = key.removeprefix("label_")
        if not LABEL_NAME.fullmatch(name) or name.startswith("__") or name in RESERVED_LABELS:
            on_omission("label", f"label {name!r} can't be set by an instance")
        elif clean := CONTROL.sub("", value):
            yield name, clean


def meta_labels(row: Instance, on_omission: OnOmission) -> Iterator[tuple[str, str]]:
    """Yield the labels of Prometheus's own Consul discovery (discovery/consul/consul.go), except the health."""
    node, service = row.node, row.service
    tags = f",{','.join(service.tags)}," if service.tags else ""
    plain = {
        "address": node.address,
        "dc": node.datacenter,
        "node": node.name,
        "service": service.name,
        "service_address": service.address,
        "service_id": service.id,
        "service_port": str(service.port),
        "tags": tags,
    }
    for name, value in plain.items():
        if value:
            yield META + name, CONTROL.sub("", value)
    families = (
        ("metadata_", node.meta),
        ("service_metadata_", service.meta),
        ("tagged_address_", node.tagged_addresses),
    )
    for family, pairs in families:
        yield from _family(META + family, pairs or {}, on_omission)


def _family(prefix: str, pairs: dict[str, str], on_omission: OnOmission) -> Iterator[tuple[str, str]]:
    """Yield one label for each pair; when two keys give the same name, the first in sorted order wins."""
    taken: set[str] = set()
    for key, value in sorted(pairs.items()):
        name = NOT_IN_LABEL_NAME.sub("_", key)
        if name in taken:
            on_omission("collision", f"key {key!r} becomes the label {prefix + name!r} that another key has taken")
        elif clean := CONTROL.sub("", value):
            taken.add(name)
            yield prefix + name, clean
