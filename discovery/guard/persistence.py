"""The guard's state over a restart: targets come back from their own files, the rest from one small file."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from discovery.consul.consistency_probe import Known
from discovery.consul.updates import Doubt
from discovery.guard.state import Entry, Removal, State, Status
from discovery.targets.target import Key, Target


class Kept(Struct, frozen=True):
    """A target that Consul no longer has, and since when."""

    key: Key
    status: Status
    since: float


class Memory(Struct, frozen=True):
    """What the target files don't tell of one datacenter."""

    kept: tuple[Kept, ...] = ()
    removals: tuple[Removal, ...] = ()
    doubt: Doubt | None = None
    doubted_count: int = 0
    known: Known = Known()
    nodes_down_since: dict[str, float] = {}
    spot_nodes: tuple[str, ...] = ()


class Memories(Struct, frozen=True):
    """The memory of each datacenter by its name ("" for the agent's own)."""

    version: int = 2
    datacenters: dict[str, Memory] = {}


_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(memories: Mapping[str, Memory]) -> bytes:
    """Return the bytes to keep."""
    return _ENCODER.encode(Memories(datacenters=dict(memories)))


def decode(content: bytes | None) -> dict[str, Memory]:
    """Return what was kept; nothing when there is none or it can't be read, for the targets matter more."""
    try:
        return msgspec.json.decode(content, type=Memories).datacenters if content else {}
    except msgspec.DecodeError:
        return {}


def memory(state: State, known: Known) -> Memory:
    """Return what to keep of `state`; `known` is by what Consul is recognised."""
    kept = [
        Kept(key, one.status, one.since)
        for entries in state.services.values()
        for key, one in entries.items()
        if one.status in {"held", "lost"}
    ]
    return Memory(
        kept=tuple(sorted(kept, key=lambda one: one.key)),
        removals=state.removals,
        doubt=state.doubt,
        doubted_count=state.doubted_count,
        known=known,
        nodes_down_since=dict(state.nodes_down_since),
        spot_nodes=tuple(sorted(state.spot_nodes)),
    )


def restore(kept: Memory, targets: Iterable[tuple[str, Target]], now: float) -> State:
    """Return the state at the start: (service, target) pairs of the files, all still to be read in Consul."""
    marks = {one.key: one for one in kept.kept}
    services: dict[str, dict[Key, Entry]] = {}
    for service, one in targets:
        mark = marks.get(one.key)
        entry = Entry(one, mark.status, mark.since) if mark else Entry(one, "unread", now)
        services.setdefault(service, {})[one.key] = entry
    return replace(
        State(),
        services=services,
        removals=kept.removals,
        doubt=kept.doubt if services else None,
        doubted_count=kept.doubted_count,
        nodes_down_since=kept.nodes_down_since,
        spot_nodes=frozenset(kept.spot_nodes),
    )
