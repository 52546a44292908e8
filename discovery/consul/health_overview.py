"""Tells from one answer, the checks of all services, which services changed."""

from collections import defaultdict
from collections.abc import Mapping

import msgspec
from msgspec import Struct


class _Check(Struct, frozen=True, rename="pascal"):
    node: str = ""
    check_id: str = msgspec.field(name="CheckID", default="")
    status: str = ""
    service_id: str = msgspec.field(name="ServiceID", default="")
    service_name: str = ""
    create_index: int = 0
    modify_index: int = 0


_CHECKS = msgspec.json.Decoder(list[_Check])

Digests = Mapping[str, int]


def digest_services(body: bytes) -> Digests:
    """Return a number for each service that changes when one of its checks, or of its nodes' checks, does.

    `body` is the answer of `/v1/health/state/any`; raises msgspec.DecodeError.
    """
    of_nodes: dict[str, int] = defaultdict(int)
    of_services: dict[str, int] = defaultdict(int)
    nodes: dict[str, set[str]] = defaultdict(set)
    for check in _CHECKS.decode(body):
        digest = hash((check.node, check.check_id, check.status, check.create_index, check.modify_index))
        if check.service_name:
            of_services[check.service_name] ^= digest
            nodes[check.service_name].add(check.node)
        else:
            of_nodes[check.node] ^= digest
    return {name: hash((own, *sorted(of_nodes[node] for node in nodes[name]))) for name, own in of_services.items()}


def find_changed(before: Digests, after: Digests) -> set[str]:
    """Return the services whose digest differs, and those that came or went."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
