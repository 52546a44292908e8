"""What the bridge knows of one datacenter, and the words in which the guard speaks of it."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from discovery.consul.updates import Doubt
from discovery.targets.target import Key, Target

# unread: known from before, not read since the start or since a doubt began. seen: Consul has it.
# missing: gone, but no witness has spoken yet. held: gone beyond the budget or in doubt.
# lost: gone while it was failing.
Status = Literal["unread", "seen", "missing", "held", "lost"]
What = Literal[
    "removed", "held", "lost", "returned", "forgotten", "spot_dead", "dismissed", "released", "doubt", "trust"
]


class Entry(NamedTuple):
    """One target that is in the files, why, and since when (seconds since the epoch).

    `added_at` tells when it came to a service that was known already, and is 0 for those of its first read.
    """

    target: Target
    status: Status
    since: float
    added_at: float = 0


class Identity(NamedTuple):
    """What a target is called in Prometheus."""

    job: str
    instance: str
    host: str
    dc: str


class Removal(Struct, frozen=True):
    """So many targets of a service went at a time, by the budget."""

    at: float
    service: str
    count: int


class Settling(NamedTuple):
    """Since when targets have been missing, and when the last of them went (seconds since the epoch)."""

    first: float
    last: float


class Proof(NamedTuple):
    """That held targets really are gone: since when Consul has been asked without doubt, and how often."""

    since: float
    reads: int


class Limits(NamedTuple):
    """How much may go, and how long things are kept, in seconds.

    Removals are judged together once none has come for `settle_seconds`, or the first waits for `settle_max_seconds`.
    """

    window_seconds: float
    job_share: float
    all_share: float
    minimum: int
    lost_seconds: float
    spot_dead_seconds: float
    back_share: float
    settle_seconds: float
    settle_max_seconds: float
    release_seconds: float
    farewell_seconds: float


class State(Struct, frozen=True):
    """What the bridge knows of one datacenter; the mappings are never changed in place."""

    services: Mapping[str, Mapping[Key, Entry]] = {}
    removals: tuple[Removal, ...] = ()
    doubt: Doubt | None = None
    doubted_count: int = 0
    nodes_down_since: Mapping[str, float] = {}
    spot_nodes: frozenset[str] = frozenset()
    settling: Settling | None = None  # None while nothing is missing
    proofs: Mapping[str, Proof] = {}
    left: Mapping[Identity, float] = {}  # who announced its leaving and went, and when


class Event(Struct, frozen=True):
    """Something that a person may want to read in the log."""

    what: What
    service: str
    count: int


def identity(target: Target) -> Identity:
    """Return what the target is called."""
    return Identity(target.job, target.instance, target.host, target.dc)


Step = tuple[State, list[Event]]


def settled_at(state: State, limits: Limits) -> float | None:
    """Return from when on what is missing may be judged, None while nothing is."""
    if state.settling is None:
        return None
    return min(state.settling.last + limits.settle_seconds, state.settling.first + limits.settle_max_seconds)


def services_with(state: State, status: Status) -> set[str]:
    """Return the services that have a target with this status."""
    return {name for name, entries in state.services.items() if any(one.status == status for one in entries.values())}


def count(state: State, *statuses: Status) -> int:
    """Return how many targets have one of the statuses (all targets without any)."""
    if not statuses:
        return sum(map(len, state.services.values()))
    return sum(one.status in statuses for entries in state.services.values() for one in entries.values())
