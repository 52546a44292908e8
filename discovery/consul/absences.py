"""Tells an instance that the token may not read any more from one that was deregistered, where Consul does not say so.

Whatever is deregistered moves its service's index, which Consul gives before it filters. So an instance that is missing
at the index at which it was there has been hidden, or now belongs to another service; its node's list tells which.
Consul says by itself that it filters from 1.11 on.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from discovery.consul.connection import Connection, ConsulError
from discovery.consul.records import decode_instance, iterate_rows


class Absence(NamedTuple):
    """Instances of a service, by node and ID, that are missing, and the index at which they were there."""

    service: str
    consul_index: int
    instances: frozenset[tuple[str, str]]


class _Service(msgspec.Struct, frozen=True, rename="pascal"):
    service: str


class _NodeServices(msgspec.Struct, frozen=True, rename="pascal"):
    services: dict[str, _Service] | None = None


_NODE_SERVICES = msgspec.json.Decoder(_NodeServices | None)


def find_hidden(connection: Connection, absences: Iterable[Absence]) -> frozenset[str]:
    """Return the services of which something is hidden; raise ConsulError and msgspec.DecodeError."""
    return frozenset(absence.service for absence in absences if _is_hidden(connection, absence))


def _is_hidden(connection: Connection, absence: Absence) -> bool:
    try:
        answer = connection.instances(absence.service)
        if not 0 < answer.index <= absence.consul_index:
            return False
        rows = [decode_instance(row) for _, row in iterate_rows(answer.body)]
        missing = absence.instances - {(row.node.name, row.service.id) for row in rows}
        # Consul 1.8 lists on the node what it hides elsewhere.
        return any(_name_now(connection, *instance) in {absence.service, None} for instance in missing)
    except ConsulError as error:
        if error.reason.startswith("status_") or error.reason == "name":
            return False  # it can't be read, so it proves nothing
        raise


def _name_now(connection: Connection, node: str, identifier: str) -> str | None:
    """Return the service to which an instance belongs now, as its node's list has it; None when that has it not."""
    answer = _NODE_SERVICES.decode(connection.node_services(node).body)
    service = ((answer and answer.services) or {}).get(identifier)
    return service.service if service else None
