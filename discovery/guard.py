"""Decides which targets stay: pure functions from (state, what was seen, now) to (next state, events)."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from discovery.targets import EXPORTER_SERVICE, Key, Target

# unread: known from before, not read since the start or since a doubt began. seen: Consul has it.
# missing: gone, but no witness has spoken yet. held: gone beyond the budget or in doubt.
# lost: gone while it was failing.
Status = Literal["unread", "seen", "missing", "held", "lost"]
Doubt = Literal["index", "canary"]
What = Literal["removed", "held", "lost", "returned", "forgotten", "spot_dead", "doubt", "trust"]


class Entry(NamedTuple):
    """One target that is in the files, why, and since when (seconds since the epoch).

    `added_at` tells when it came to a service that was known already, and is 0 for those of its first read.
    """

    target: Target
    status: Status
    since: float
    added_at: float = 0


class Removal(Struct, frozen=True):
    """So many targets of a service went at a time, by the budget."""

    at: float
    service: str
    count: int


class Witness(NamedTuple):
    """A truthful read made beside the blocking ones: when it began, what speaks against Consul, which nodes exist.

    `nodes` holds (datacenter, name), or is None when nobody asked for them.
    """

    at: float
    doubt: Doubt | None = None
    nodes: frozenset[tuple[str, str]] | None = None


class Limits(NamedTuple):
    """How much may go, and how long things are kept, in seconds."""

    window_seconds: float
    job_share: float
    all_share: float
    minimum: int
    lost_seconds: float
    spot_dead_seconds: float
    back_share: float


class State(Struct, frozen=True):
    """What the bridge knows of one datacenter; the mappings are never changed in place."""

    services: Mapping[str, Mapping[Key, Entry]] = {}
    removals: tuple[Removal, ...] = ()
    doubt: Doubt | None = None
    doubted_count: int = 0
    nodes_down_since: Mapping[str, float] = {}
    spot_nodes: frozenset[str] = frozenset()


class Event(Struct, frozen=True):
    """Something that a person may want to read in the log."""

    what: What
    service: str
    count: int


Step = tuple[State, list[Event]]


def observe(state: State, service: str, seen: Mapping[Key, Target], now: float, limits: Limits) -> Step:
    """Take over what Consul says of a service now; what is missing stays until `judge` hears a witness.

    Two kinds go at once: instances that announced their leaving, and those whose identity another instance took over.
    """
    before = state.services.get(service, {})
    state = _note_nodes(state, service, seen.values(), now)
    kept = {key: one for key, one in seen.items() if not _is_spot_dead(state, one, now, limits)}
    added_at = now if service in state.services else 0
    entries = {key: _seen(before.get(key), one, now, added_at) for key, one in kept.items()}
    identities = {(one.dc, one.job, one.instance) for one in kept.values()}
    gone = [one for key, one in before.items() if key not in kept]
    for one in gone:
        target = one.target
        replaced = (target.dc, target.job, target.instance) in identities
        if not replaced and not target.is_leaving and target.key not in seen:
            entries[target.key] = one._replace(status="missing", since=now) if one.status in {"seen", "unread"} else one
    added = sum(1 for key in kept if key not in before)
    returned = sum(1 for key in kept if key in before and before[key].status in {"held", "lost"})
    removed = len(before) + added - len(entries)
    after = replace(state, services={**state.services, service: entries})
    return after, _events(service, removed=removed, returned=returned)


def judge(state: State, witness: Witness, now: float, limits: Limits) -> Step:
    """Decide on everything that was missing before the witness looked: removed, lost, or held.

    A witness with a doubt begins a time in which nothing shrinks; it ends with a clean one, once most targets are back.
    """
    state, events = _begin_doubt(state, witness.doubt)
    for service in sorted(missing_services(state)):
        state, more = _judge_service(state, service, witness, now, limits)
        events += more
    if witness.doubt is None:
        state, more = _end_doubt(state, limits)
        events += more
    return state, events


def tick(state: State, now: float, limits: Limits) -> Step:
    """Let time pass: lost targets are forgotten, dead spot nodes go, and held ones once a new window has room."""
    state = replace(state, removals=tuple(one for one in state.removals if one.at > now - limits.window_seconds))
    events: list[Event] = []
    for service, before in state.services.items():
        old = {key for key, one in before.items() if _is_expired(one, now, limits)}
        spot = {key for key, one in before.items() if _is_spot_dead(state, one.target, now, limits)} - old
        held = set() if state.doubt else {key for key, one in before.items() if one.status == "held"} - old - spot
        freed = held if held and _fits(state, service, len(held), now, limits) else set()
        if not (old or spot or freed):
            continue
        after = {key: one for key, one in before.items() if key not in old | spot | freed}
        removals = _noted(state, now, service, len(freed))
        state = replace(state, services={**state.services, service: after}, removals=removals)
        events += _events(service, forgotten=len(old), spot_dead=len(spot), removed=len(freed))
    return state, events


def missing_services(state: State) -> set[str]:
    """Return the services with targets that wait for a witness."""
    return {
        name for name, entries in state.services.items() if any(one.status == "missing" for one in entries.values())
    }


def count(state: State, *statuses: Status) -> int:
    """Return how many targets have one of the statuses (all targets without any)."""
    if not statuses:
        return sum(map(len, state.services.values()))
    return sum(one.status in statuses for entries in state.services.values() for one in entries.values())


def _judge_service(state: State, service: str, witness: Witness, now: float, limits: Limits) -> Step:
    before = state.services[service]
    missing = [one for one in before.values() if one.status == "missing" and one.since <= witness.at]
    if state.doubt:
        return _kept(state, service, missing, "held", now)
    critical = [one for one in missing if one.target.health == "critical"]
    going = [one for one in missing if one.target.health != "critical"]
    if witness.nodes is not None:
        # A crash must not silence its own alert, unless the whole machine has been taken out of the catalog.
        going += [one for one in critical if one.target.key[:2] not in witness.nodes]
        critical = [one for one in critical if one.target.key[:2] in witness.nodes]
        state, events = _kept(state, service, critical, "lost", now)
    else:
        events = []
    if not _fits(state, service, len(going), now, limits):
        state, more = _kept(state, service, going, "held", now)
        return state, events + more
    gone = {one.target.key for one in going}
    after = {key: one for key, one in state.services[service].items() if key not in gone}
    removals = _noted(state, now, service, len(going))
    state = replace(state, services={**state.services, service: after}, removals=removals)
    return state, events + _events(service, removed=len(going))


def _kept(state: State, service: str, entries: list[Entry], status: Literal["held", "lost"], now: float) -> Step:
    """Return the state in which `entries` stay targets although Consul no longer has them."""
    if not entries:
        return state, []
    kept = {one.target.key: one._replace(status=status, since=now) for one in entries}
    after = {**state.services[service], **kept}
    return replace(state, services={**state.services, service: after}), [Event(status, service, len(kept))]


def _fits(state: State, service: str, going: int, now: float, limits: Limits) -> bool:
    """Return whether `going` more targets of a service may go in this window."""
    gone = _net_removals(state, now, limits)
    all_gone = sum(gone.values())
    here = gone.get(service, 0)
    # What has gone counts into the size: one by one, no more goes than at once.
    may_here = max(limits.minimum, limits.job_share * (len(state.services[service]) + here))
    may_all = max(limits.minimum, limits.all_share * (count(state) + all_gone))
    spare = _added(state, service, now, limits) - _removed(state, service, now, limits)
    more = going - max(0, spare)
    return more <= 0 or (here + more <= may_here and all_gone + more <= may_all)


def _net_removals(state: State, now: float, limits: Limits) -> dict[str, int]:
    """Return for each service how many more went than came in this window."""
    services = {one.service for one in state.removals}
    return {name: max(0, _removed(state, name, now, limits) - _added(state, name, now, limits)) for name in services}


def _removed(state: State, service: str, now: float, limits: Limits) -> int:
    return sum(one.count for one in state.removals if one.service == service and one.at > now - limits.window_seconds)


def _added(state: State, service: str, now: float, limits: Limits) -> int:
    """Return how many came in this window and are still there: what came and went again makes up for nothing."""
    entries = state.services.get(service, {}).values()
    return sum(one.status == "seen" and one.added_at > now - limits.window_seconds for one in entries)


def _begin_doubt(state: State, doubt: Doubt | None) -> Step:
    """Believe nothing that was read before: every target has to be seen again."""
    if doubt is None or state.doubt is not None or not count(state):
        return state, []
    services = {
        name: {key: one._replace(status="unread") if one.status == "seen" else one for key, one in entries.items()}
        for name, entries in state.services.items()
    }
    return replace(state, services=services, doubt=doubt, doubted_count=count(state)), [
        Event("doubt", "", count(state))
    ]


def _end_doubt(state: State, limits: Limits) -> Step:
    if state.doubt is None or count(state, "seen") < state.doubted_count * limits.back_share:
        return state, []
    return replace(state, doubt=None, doubted_count=0), [Event("trust", "", count(state, "seen"))]


def _note_nodes(state: State, service: str, seen: Iterable[Target], now: float) -> State:
    """Remember since when nodes are down, and which of them are spot nodes."""
    down = dict(state.nodes_down_since)
    spot = set(state.spot_nodes)
    for one in seen:
        if one.is_node_down:
            down.setdefault(one.host, now)
        else:
            down.pop(one.host, None)
        if one.is_spot:
            spot.add(one.host)
        elif service == EXPORTER_SERVICE:
            spot.discard(one.host)
    if down == state.nodes_down_since and spot == state.spot_nodes:
        return state
    return replace(state, nodes_down_since=down, spot_nodes=frozenset(spot))


def _is_spot_dead(state: State, target: Target, now: float, limits: Limits) -> bool:
    since = state.nodes_down_since.get(target.host)
    return since is not None and target.host in state.spot_nodes and now - since >= limits.spot_dead_seconds


def _is_expired(entry: Entry, now: float, limits: Limits) -> bool:
    return entry.status == "lost" and now - entry.since >= limits.lost_seconds


def _seen(before: Entry | None, target: Target, now: float, added_at: float) -> Entry:
    if before is None:
        return Entry(target, "seen", now, added_at)
    if before.status == "seen":
        return before if before.target is target else before._replace(target=target)
    return Entry(target, "seen", now, before.added_at)


def _noted(state: State, now: float, service: str, removed: int) -> tuple[Removal, ...]:
    return (*state.removals, Removal(now, service, removed)) if removed else state.removals


def _events(service: str, **counts: int) -> list[Event]:
    return [Event(what, service, number) for what, number in counts.items() if number]  # type: ignore[arg-type]
