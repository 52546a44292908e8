"""What is remembered of one datacenter, and the words in which the guard speaks of it.

A target (its status; `departed` and `released` are no longer targets):

    start ──▶ unread ──┐                     ┌──▶ (departed)  announced its leaving
                       ├──▶ seen ──▶ missing ┼──▶ (removed)   within the budget
    in Consul ─────────┘     ▲               ├──▶ lost ──────▶ (expired, dropped)
                             └── is back ────┴──▶ held ──────▶ (released)

The datacenter: normal ──"index" or "canary"──▶ frozen ──90 % are back, or `release`──▶ normal (`freezing.py`).
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from discovery.consul.updates import FreezeReason
from discovery.targets.target import Identity, Key, Target

# unread: in the files, not read since the start or since the datacenter froze. seen: Consul has it.
# missing: gone, not judged yet. held: gone beyond the budget, or while frozen. lost: gone while its check failed.
Status = Literal["unread", "seen", "missing", "held", "lost"]
EventKind = Literal[
    "removed",
    "deselected",
    "held",
    "lost",
    "returned",
    "expired",
    "dropped",
    "released",
    "spot_dead",
    "frozen",
    "unfrozen",
]


class Entry(NamedTuple):
    """One target that is in the files, why, and since when (seconds since the epoch).

    `added_at` tells when it came to a service that was there already, and is 0 for those of its first read.
    """

    target: Target
    status: Status
    since: float
    added_at: float = 0


class Removal(Struct, frozen=True):
    """How many targets of a service went at a time, by the budget."""

    at: float
    service: str
    count: int


class Settling(NamedTuple):
    """Since when targets have been missing, and when the last of them went (seconds since the epoch)."""

    first: float
    last: float


class Proof(NamedTuple):
    """That a held target really is gone: since when strict reads agree, and how many did."""

    since: float
    reads: int


class Limits(NamedTuple):
    """How much may go, and how long things are kept.

    Removals are judged together once none has come for `settle_window_seconds`, or the first waits for
    `settle_timeout_seconds`.
    """

    shrink_window_seconds: float
    job_share: float
    all_share: float
    minimum: int
    lost_retention_seconds: float
    spot_dead_timeout_seconds: float
    unfreeze_share: float
    settle_window_seconds: float
    settle_timeout_seconds: float
    release_window_seconds: float
    departed_retention_seconds: float
    lost_maximum: int = 20


class State(Struct, frozen=True):
    """What is remembered of one datacenter; the mappings are never changed in place."""

    services: Mapping[str, Mapping[Key, Entry]] = {}
    removals: tuple[Removal, ...] = ()
    freeze_reason: FreezeReason | None = None  # None while Consul is believed
    frozen_count: int = 0  # how many targets Consul had when it froze
    frozen_since: float = 0.0
    nodes_down_since: Mapping[str, float] = {}
    spot_nodes: frozenset[str] = frozenset()
    settling: Settling | None = None  # None while nothing is missing
    proofs: Mapping[Key, Proof] = {}  # of held targets
    departed: Mapping[Identity, float] = {}  # who announced its leaving and went, and when


class Event(Struct, frozen=True):
    """What happened to some targets of a service, for the log and the counters."""

    kind: EventKind
    service: str
    count: int


Step = tuple[State, list[Event]]


def settled_at(state: State, limits: Limits) -> float | None:
    """Return from when on what is missing may be judged, None while nothing is."""
    if state.settling is None:
        return None
    return min(state.settling.last + limits.settle_window_seconds, state.settling.first + limits.settle_timeout_seconds)


def services_with(state: State, status: Status) -> set[str]:
    """Return the services that have a target with this status."""
    return {
        name for name, entries in state.services.items() if any(entry.status == status for entry in entries.values())
    }


def count_targets(state: State, *statuses: Status) -> int:
    """Return how many targets have one of the statuses (all targets without any)."""
    if not statuses:
        return sum(map(len, state.services.values()))
    return sum(entry.status in statuses for entries in state.services.values() for entry in entries.values())


def count_events(service: str, **counts: int) -> list[Event]:
    """Return an event for each kind that happened to any target."""
    return [Event(kind, service, number) for kind, number in counts.items() if number]  # type: ignore[arg-type]
