"""The guard's state over a restart: targets come back from their own files, the rest from one small file."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from discovery.state import Doubt, Entry, Removal, State, Status
from discovery.targets import Key, Target
from discovery.witness import Known


class Kept(Struct, frozen=True):
    """A target that Consul no longer has, and since when."""

    key: Key
    status: Status
    since: float


class Memory(Struct, frozen=True):
    """What the target files don't tell."""

    version: int = 1
    kept: tuple[Kept, ...] = ()
    removals: tuple[Removal, ...] = ()
    doubt: Doubt | None = None
    doubted_count: int = 0
    known: Known = Known()
    nodes_down_since: dict[str, float] = {}
    spot_nodes: tuple[str, ...] = ()


_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(state: State, known: Known) -> bytes:
    """Return the bytes to keep for `state`; `known` is by what Consul is recognised."""
    kept = [
        Kept(key, one.status, one.since)
        for entries in state.services.values()
        for key, one in entries.items()
        if one.status in {"held", "lost"}
    ]
    return _ENCODER.encode(
        Memory(
            kept=tuple(sorted(kept, key=lambda one: one.key)),
            removals=state.removals,
            doubt=state.doubt,
            doubted_count=state.doubted_count,
            known=known,
            nodes_down_since=dict(state.nodes_down_since),
            spot_nodes=tuple(sorted(state.spot_nodes)),
        )
    )


def decode(content: bytes | None) -> Memory:
    """Return what was kept; nothing when there is none or it can't be read, for the targets matter more."""
    try:
        return msgspec.json.decode(content, type=Memory) if content else Memory()
    except msgspec.DecodeError:
        return Memory()


def restore(memory: Memory, targets: Iterable[tuple[str, Target]], now: float) -> State:
    """Return the state at the start: (service, target) pairs of the files, all still to be read in Consul."""
    kept = {one.key: one for one in memory.kept}
    services: dict[str, dict[Key, Entry]] = {}
    for service, one in targets:
        mark = kept.get(one.key)
        entry = Entry(one, mark.status, mark.since) if mark else Entry(one, "unread", now)
        services.setdefault(service, {})[one.key] = entry
    return replace(
        State(),
        services=services,
        removals=memory.removals,
        doubt=memory.doubt if services else None,
        doubted_count=memory.doubted_count,
        nodes_down_since=memory.nodes_down_since,
        spot_nodes=frozenset(memory.spot_nodes),
    )
