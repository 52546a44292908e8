"""Consul's records: bytes in, frozen values out."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

LEAVING = "vigie: leaving"
NODE_MAINTENANCE = "_node_maintenance"
SERVICE_MAINTENANCE = "_service_maintenance:"
# The order in which Consul's own client aggregates (api/health.go, HealthChecks.AggregatedStatus).
WORST_FIRST = ("maintenance", "critical", "warning", "passing")


class Node(Struct, frozen=True, rename="pascal"):
    """The machine as the catalog knows it."""

    name: str = msgspec.field(name="Node")
    id: str = msgspec.field(name="ID", default="")
    address: str = ""
    datacenter: str = ""
    tagged_addresses: dict[str, str] | None = None
    meta: dict[str, str] | None = None


class Service(Struct, frozen=True, rename="pascal"):
    """One instance's own record."""

    id: str = msgspec.field(name="ID")
    name: str = msgspec.field(name="Service")
    address: str = ""
    port: int = 0
    tags: tuple[str, ...] | None = None
    meta: dict[str, str] | None = None
    create_index: int = 0
    kind: str = ""  # of a sidecar or a gateway, "" for an ordinary service


class Check(Struct, frozen=True, rename="pascal"):
    """One check of the instance or, without a service's ID, of its node."""

    check_id: str = msgspec.field(name="CheckID")
    status: str = ""
    notes: str = ""
    service_id: str = msgspec.field(name="ServiceID", default="")


class Instance(Struct, frozen=True, rename="pascal"):
    """One row of `/v1/health/service/<name>`."""

    node: Node
    service: Service
    checks: tuple[Check, ...] | None = None

    @property
    def health(self) -> str:
        """The worst of the checks: `maintenance`, `critical`, `warning` or `passing`."""
        statuses = {_status(check) for check in self.checks or ()}
        return next((status for status in WORST_FIRST if status in statuses), "passing")

    @property
    def is_leaving(self) -> bool:
        """Whether the exporter has announced that it goes away."""
        return any(
            check.notes == LEAVING and check.check_id.startswith(SERVICE_MAINTENANCE) for check in self.checks or ()
        )

    @property
    def is_node_down(self) -> bool:
        """Whether a check of the node itself is critical; maintenance is no failure."""
        return any(
            not check.service_id and check.status == "critical" and check.check_id != NODE_MAINTENANCE
            for check in self.checks or ()
        )


_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_INSTANCE = msgspec.json.Decoder(Instance)
_SERVICES = msgspec.json.Decoder(dict[str, tuple[str, ...] | None])
_NODES = msgspec.json.Decoder(list[Node])


def iterate_rows(body: bytes) -> Iterator[tuple[bytes, msgspec.Raw]]:
    """Yield (digest, row) of an instances answer: the digest tells an unchanged row before it is decoded.

    Raises msgspec.DecodeError when the answer is no list.
    """
    for row in _ROWS.decode(body):
        yield hashlib.blake2b(row, digest_size=16).digest(), row


def decode_instance(row: Any) -> Instance:
    """Return the instance of one row; raise msgspec.DecodeError when it is none."""
    return _INSTANCE.decode(row)


def service_tags(body: bytes) -> dict[str, tuple[str, ...]]:
    """Return the tags of each service name; raise msgspec.DecodeError."""
    return {name: tags or () for name, tags in _SERVICES.decode(body).items()}


def node_names(body: bytes) -> frozenset[tuple[str, str]]:
    """Return (datacenter, name) of all nodes; raise msgspec.DecodeError."""
    return frozenset((node.datacenter, node.name) for node in _NODES.decode(body))


def _status(check: Check) -> str:
    in_maintenance = check.check_id == NODE_MAINTENANCE or check.check_id.startswith(SERVICE_MAINTENANCE)
    return "maintenance" if in_maintenance else check.status
