"""Decides which targets stay: pure functions from (state, what was seen, now) to (next state, events)."""

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from discovery.budget import fits, noted
from discovery.spot import is_spot_dead, note_nodes
from discovery.state import Doubt, Entry, Event, Limits, State, Step, Witness, count, services_with
from discovery.targets import Key, Target


def observe(state: State, service: str, seen: Mapping[Key, Target], now: float, limits: Limits) -> Step:
    """Take over what Consul says of a service now; what is missing stays until `judge` hears a witness.

    Two kinds go at once: instances that announced their leaving, and those whose identity another instance took over.
    """
    before = state.services.get(service, {})
    state = note_nodes(state, service, seen.values(), now)
    kept = {key: one for key, one in seen.items() if not is_spot_dead(state, one, now, limits)}
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

    A witness that read the nodes also ends the keeping of lost targets whose machine has been taken out since.
    A witness with a doubt begins a time in which nothing shrinks; it ends with a clean one, once most targets are back.
    """
    state, events = _begin_doubt(state, witness.doubt)
    services = services_with(state, "missing")
    if witness.nodes is not None:
        services |= services_with(state, "lost")
    for service in sorted(services):
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
        spot = {key for key, one in before.items() if is_spot_dead(state, one.target, now, limits)} - old
        held = set() if state.doubt else {key for key, one in before.items() if one.status == "held"} - old - spot
        freed = held if held and fits(state, service, len(held), now, limits) else set()
        if not (old or spot or freed):
            continue
        after = {key: one for key, one in before.items() if key not in old | spot | freed}
        removals = noted(state, now, service, len(freed))
        state = replace(state, services={**state.services, service: after}, removals=removals)
        events += _events(service, forgotten=len(old), spot_dead=len(spot), removed=len(freed))
    return state, events


def _judge_service(state: State, service: str, witness: Witness, now: float, limits: Limits) -> Step:
    before = state.services[service]
    missing = [one for one in before.values() if one.status == "missing" and one.since <= witness.at]
    if state.doubt:
        return _kept(state, service, missing, "held", now)
    critical = [one for one in missing if one.target.health == "critical"]
    going = [one for one in missing if one.target.health != "critical"]
    if witness.nodes is not None:
        # A crash must not silence its own alert, unless the whole machine has been taken out of the catalog.
        lost = [one for one in before.values() if one.status == "lost"]
        going += [one for one in (*critical, *lost) if one.target.key[:2] not in witness.nodes]
        critical = [one for one in critical if one.target.key[:2] in witness.nodes]
        state, events = _kept(state, service, critical, "lost", now)
    else:
        events = []
    if not fits(state, service, len(going), now, limits):
        state, more = _kept(state, service, going, "held", now)
        return state, events + more
    gone = {one.target.key for one in going}
    after = {key: one for key, one in state.services[service].items() if key not in gone}
    removals = noted(state, now, service, len(going))
    state = replace(state, services={**state.services, service: after}, removals=removals)
    return state, events + _events(service, removed=len(going))


def _kept(state: State, service: str, entries: list[Entry], status: Literal["held", "lost"], now: float) -> Step:
    """Return the state in which `entries` stay targets although Consul no longer has them."""
    if not entries:
        return state, []
    kept = {one.target.key: one._replace(status=status, since=now) for one in entries}
    after = {**state.services[service], **kept}
    return replace(state, services={**state.services, service: after}), [Event(status, service, len(kept))]


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
    # What the doubt alone held is judged again, now by the ordinary rules.
    services = {
        name: {key: one._replace(status="missing") if one.status == "held" else one for key, one in entries.items()}
        for name, entries in state.services.items()
    }
    trusted = replace(state, services=services, doubt=None, doubted_count=0)
    return trusted, [Event("trust", "", count(state, "seen"))]


def _is_expired(entry: Entry, now: float, limits: Limits) -> bool:
    return entry.status == "lost" and now - entry.since >= limits.lost_seconds


def _seen(before: Entry | None, target: Target, now: float, added_at: float) -> Entry:
    if before is None:
        return Entry(target, "seen", now, added_at)
    if before.status == "seen":
        return before if before.target is target else before._replace(target=target)
    return Entry(target, "seen", now, before.added_at)


def _events(service: str, **counts: int) -> list[Event]:
    return [Event(what, service, number) for what, number in counts.items() if number]  # type: ignore[arg-type]
