"""The guard's state over a restart: targets come back from their own files, the rest from one small file."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from discovery.consul.updates import Fingerprint, FreezeReason
from discovery.guard.state import Entry, Removal, State, Status
from discovery.targets.target import Key, Target


class KeptTarget(Struct, frozen=True):
    """A target that Consul no longer has, since when, and when it came (`Entry.added_at`)."""

    key: Key
    status: Status
    since: float
    added_at: float = 0


class SavedDatacenter(Struct, frozen=True):
    """What the target files don't tell of one datacenter."""

    kept: tuple[KeptTarget, ...] = ()
    removals: tuple[Removal, ...] = ()
    freeze_reason: FreezeReason | None = None
    frozen_count: int = 0
    frozen_since: float = 0.0
    fingerprint: Fingerprint = Fingerprint()
    nodes_down_since: dict[str, float] = {}
    spot_nodes: tuple[str, ...] = ()


class _StateFile(Struct, frozen=True):
    """The datacenters by their names ("" for the agent's own)."""

    version: int = 3
    datacenters: dict[str, SavedDatacenter] = {}


_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(datacenters: Mapping[str, SavedDatacenter]) -> bytes:
    """Return the content of the state file."""
    return _ENCODER.encode(_StateFile(datacenters=dict(datacenters)))


def decode(content: bytes | None) -> dict[str, SavedDatacenter]:
    """Return what was saved; nothing when the file is missing or unreadable, for the targets matter more."""
    try:
        return msgspec.json.decode(content, type=_StateFile).datacenters if content else {}
    except msgspec.DecodeError:
        return {}


def save(state: State, fingerprint: Fingerprint) -> SavedDatacenter:
    """Return what to save of `state`; `fingerprint` is by what Consul is recognised."""
    kept = [
        KeptTarget(key, entry.status, entry.since, entry.added_at)
        for entries in state.services.values()
        for key, entry in entries.items()
        if entry.status in {"held", "lost"}
    ]
    return SavedDatacenter(
        kept=tuple(sorted(kept, key=lambda target: target.key)),
        removals=state.removals,
        freeze_reason=state.freeze_reason,
        frozen_count=state.frozen_count,
        frozen_since=state.frozen_since,
        fingerprint=fingerprint,
        nodes_down_since=dict(state.nodes_down_since),
        spot_nodes=tuple(sorted(state.spot_nodes)),
    )


def restore(saved: SavedDatacenter, targets: Iterable[tuple[str, Target]], now: float) -> State:
    """Return the state at the start: (service, target) pairs of the files, all still to be read in Consul."""
    kept_targets = {kept.key: kept for kept in saved.kept}
    services: dict[str, dict[Key, Entry]] = {}
    for service, target in targets:
        kept = kept_targets.get(target.key)
        restored = replace(target, is_node_down=target.host in saved.nodes_down_since)
        entry = Entry(restored, kept.status, kept.since, kept.added_at) if kept else Entry(restored, "unread", now)
        services.setdefault(service, {})[target.key] = entry
    return replace(
        State(),
        services=services,
        removals=saved.removals,
        freeze_reason=saved.freeze_reason if services else None,
        frozen_count=saved.frozen_count,
        frozen_since=saved.frozen_since,
        nodes_down_since=saved.nodes_down_since,
        spot_nodes=frozenset(saved.spot_nodes),
    )
