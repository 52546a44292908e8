"""Tells from the nodes' own lists of services, one answer a node, which services changed.

Consul gives a service no sign of its change but in its own answer; where nodes are fewer than services, a round over
the nodes costs a fraction of one over the services.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from discovery.consul.connection import is_safe_name

# A node's answer holds all of its services, so it takes longer than that of one service.
NODES_PER_SERVICE = 0.5


class _Service(Struct, frozen=True, rename="pascal"):
    service: str
    create_index: int = 0
    modify_index: int = 0


class _NodeServices(Struct, frozen=True, rename="pascal"):
    node: msgspec.Raw = msgspec.Raw(b"")
    services: dict[str, _Service] | None = None


class _Node(Struct, frozen=True):
    name: str = msgspec.field(name="Node")


_NODES = msgspec.json.Decoder(list[_Node])
_NODE_SERVICES = msgspec.json.Decoder(_NodeServices | None)

_Digests = Mapping[str, int]  # by the services of a node


def node_names(body: bytes) -> frozenset[str]:
    """Return the nodes of an answer of `/v1/catalog/nodes`; raise msgspec.DecodeError."""
    return frozenset(node.name for node in _NODES.decode(body))


class NodeDigests:
    """What each node had when it was read last. For one caller at a time."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Digests] = {}

    def are_cheaper(self, nodes: frozenset[str], service_count: int) -> bool:
        """Return whether to read these nodes rather than so many services; never where one can't be read."""
        return 0 < len(nodes) <= service_count * NODES_PER_SERVICE and all(map(is_safe_name, nodes))

    def keep(self, nodes: frozenset[str]) -> set[str]:
        """Forget all but these nodes; return the services of those that are gone."""
        gone = self._nodes.keys() - nodes
        return {service for node in gone for service in self._nodes.pop(node)}

    def take(self, node: str, body: bytes) -> set[str]:
        """Take over an answer of `/v1/catalog/node/<node>`; return the services that changed, came or went.

        All of them change with the node itself. Raises msgspec.DecodeError.
        """
        answer = _NODE_SERVICES.decode(body) or _NodeServices()
        of_node = hash(bytes(answer.node))
        digests: dict[str, int] = {}
        for identifier, service in (answer.services or {}).items():
            # A sum, because several instances may be of one service, in any order.
            digest = hash((of_node, identifier, service.create_index, service.modify_index))
            digests[service.service] = digests.get(service.service, 0) + digest
        before = self._nodes.get(node, {})
        self._nodes[node] = digests
        return {name for name in before.keys() | digests.keys() if before.get(name) != digests.get(name)}

    def forget(self, node: str) -> set[str]:
        """Forget a node that can't be read; return its services."""
        return set(self._nodes.pop(node, {}))

    def clear(self) -> None:
        """Forget all nodes."""
        self._nodes.clear()
