"""Decides which targets stay: pure functions from (state, what was seen, now) to (next state, events)."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec.structs import replace

from discovery.consul.updates import Doubt, Witness
from discovery.guard.budget import all_fit, fits, noted
from discovery.guard.spot import is_spot_dead, note_nodes
from discovery.guard.state import (
    Entry,
    Event,
    Identity,
    Limits,
    Settling,
    State,
    Step,
    count,
    identity,
    services_with,
    settled_at,
)
from discovery.targets.target import Key, Target


def observe(
    state: State,
    service: str,
    seen: Mapping[Key, Target],
    now: float,
    limits: Limits,
    dismissed: frozenset[Key] = frozenset(),
) -> Step:
    """Take over what Consul says of a service now; what is missing stays until `judge` hears a witness.

    Three kinds go at once: instances that announced their leaving (which is remembered for a while), those whose
    identity another instance took over, and the `dismissed`, which an operator has just taken out of the selection.
    """
    before = state.services.get(service, {})
    state = note_nodes(state, service, seen.values(), now)
    kept = {key: one for key, one in seen.items() if not is_spot_dead(state, one, now, limits)}
    added_at = now if service in state.services else 0
    entries = {key: _seen(before.get(key), one, now, added_at) for key, one in kept.items()}
    identities = {(one.dc, one.job, one.instance) for one in kept.values()}
    gone = [one for key, one in before.items() if key not in kept]
    count_dismissed = 0
    for one in gone:
        target = one.target
        replaced = (target.dc, target.job, target.instance) in identities
        is_dismissed = target.key in dismissed
        count_dismissed += is_dismissed
        if not (replaced or is_dismissed or target.is_leaving or target.key in seen):
            entries[target.key] = _missed(one, now)
            if entries[target.key] is not one:
                state = replace(state, settling=Settling(state.settling.first if state.settling else now, now))
    added = sum(1 for key in kept if key not in before)
    returned = sum(1 for key in kept if key in before and before[key].status in {"held", "lost"})
    removed = len(before) + added - len(entries) - count_dismissed
    left = _farewells(state, kept.values(), gone, now)
    after = replace(state, services={**state.services, service: entries}, left=left)
    return after, _events(service, removed=removed, dismissed=count_dismissed, returned=returned)


def judge(state: State, witness: Witness, now: float, limits: Limits) -> Step:
    """Decide on everything that was missing before the witness looked: removed, lost, or held.

    Nothing is decided before the removals have settled, so that those of one accident are judged as one.
    A witness that read the nodes also ends the keeping of lost targets whose machine has been taken out since.
    A witness with a doubt begins a time in which nothing shrinks; it ends with a clean one, once most targets are back.
    """
    state, events = _begin_doubt(state, witness.doubt)
    if state.doubt:
        state, more = _hold_missing(state, witness, now)
        events += more
    else:
        due = settled_at(state, limits)
        is_settled = due is not None and witness.at >= due
        state, more = _judge_services(state, witness, now, limits, is_settled=is_settled)
        events += more
    if witness.doubt is None:
        state, more = _end_doubt(state, limits)
        events += more
    return _settled_anew(state), events


def tick(state: State, now: float, limits: Limits) -> Step:
    """Let time pass: lost targets are forgotten, dead spot nodes go."""
    removals = tuple(one for one in state.removals if one.at > now - limits.window_seconds)
    left = {one: at for one, at in state.left.items() if at > now - limits.farewell_seconds}
    state = replace(state, removals=removals, left=left)
    events: list[Event] = []
    for service, before in state.services.items():
        old = {key for key, one in before.items() if _is_expired(one, now, limits)}
        spot = {key for key, one in before.items() if is_spot_dead(state, one.target, now, limits)} - old
        if not (old or spot):
            continue
        after = {key: one for key, one in before.items() if key not in old | spot}
        state = replace(state, services={**state.services, service: after})
        events += _events(service, forgotten=len(old), spot_dead=len(spot))
    return state, events


def _hold_missing(state: State, witness: Witness, now: float) -> Step:
    events: list[Event] = []
    for service in sorted(services_with(state, "missing")):
        entries = state.services[service].values()
        missing = [one for one in entries if one.status == "missing" and one.since <= witness.at]
        state, more = _kept(state, service, missing, "held", now)
        events += more
    return state, events


def _judge_services(state: State, witness: Witness, now: float, limits: Limits, *, is_settled: bool) -> Step:
    services = services_with(state, "missing") if is_settled else set()
    if witness.nodes is not None:
        services |= services_with(state, "lost")
    sorted_out = {name: _sorted_out(state.services[name], witness, is_settled=is_settled) for name in sorted(services)}
    is_mass = not all_fit(state, {name: len(going) for name, (going, _) in sorted_out.items()}, now, limits)
    events: list[Event] = []
    for service, (going, critical) in sorted_out.items():
        state, more = _kept(state, service, critical, "lost", now)
        events += more
        if is_mass or not fits(state, service, len(going), now, limits):
            state, more = _kept(state, service, going, "held", now)
        else:
            state, more = _removed(state, service, going, now)
        events += more
    return state, events


def _sorted_out(before: Mapping[Key, Entry], witness: Witness, *, is_settled: bool) -> tuple[list[Entry], list[Entry]]:
    """Return (those that go if the budget allows it, those that were failing and stay)."""
    missing = [one for one in before.values() if one.status == "missing" and one.since <= witness.at and is_settled]
    going = [one for one in missing if one.target.health != "critical"]
    if witness.nodes is None:
        return going, []
    # A crash must not silence its own alert, unless the whole machine has been taken out of the catalog.
    failing = [one for one in missing if one.target.health == "critical"]
    lost = [one for one in before.values() if one.status == "lost"]
    going += [one for one in (*failing, *lost) if one.target.key[:2] not in witness.nodes]
    return going, [one for one in failing if one.target.key[:2] in witness.nodes]


def _removed(state: State, service: str, going: list[Entry], now: float) -> Step:
    gone = {one.target.key for one in going}
    after = {key: one for key, one in state.services[service].items() if key not in gone}
    removals = noted(state, now, service, len(going))
    state = replace(state, services={**state.services, service: after}, removals=removals)
    return state, _events(service, removed=len(going))


def _kept(state: State, service: str, entries: list[Entry], status: Literal["held", "lost"], now: float) -> Step:
    """Return the state in which `entries` stay targets although Consul no longer has them."""
    if not entries:
        return state, []
    kept = {one.target.key: one._replace(status=status, since=now) for one in entries}
    after = {**state.services[service], **kept}
    # What is newly held has to be proven from the beginning.
    proofs = {name: one for name, one in state.proofs.items() if name != service or status != "held"}
    state = replace(state, services={**state.services, service: after}, proofs=proofs)
    return state, [Event(status, service, len(kept))]


def _begin_doubt(state: State, doubt: Doubt | None) -> Step:
    """Believe nothing that was read before: every target has to be seen again."""
    if doubt is None or state.doubt is not None or not count(state):
        return state, []
    services = {
        name: {key: one._replace(status="unread") if one.status == "seen" else one for key, one in entries.items()}
        for name, entries in state.services.items()
    }
    return replace(state, services=services, doubt=doubt, doubted_count=count(state), proofs={}), [
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


def _missed(entry: Entry, now: float) -> Entry:
    return entry._replace(status="missing", since=now) if entry.status in {"seen", "unread"} else entry


def _settled_anew(state: State) -> State:
    """Return the state with the time since when those that are still missing have been so."""
    if state.settling is None and not services_with(state, "missing"):
        return state
    since = [one.since for entries in state.services.values() for one in entries.values() if one.status == "missing"]
    return replace(state, settling=Settling(min(since), max(since)) if since else None)


def _farewells(state: State, here: Iterable[Target], gone: Iterable[Entry], now: float) -> Mapping[Identity, float]:
    """Return who left as announced, without those that are here again."""
    leaving = {identity(one.target): now for one in gone if one.target.is_leaving}
    left = {**state.left, **leaving}
    back = {identity(one) for one in here} if left else set()
    return {one: at for one, at in left.items() if one not in back}


def _seen(before: Entry | None, target: Target, now: float, added_at: float) -> Entry:
    if before is None:
        return Entry(target, "seen", now, added_at)
    if before.status == "seen":
        return before if before.target is target else before._replace(target=target)
    return Entry(target, "seen", now, before.added_at)


def _events(service: str, **counts: int) -> list[Event]:
    return [Event(what, service, number) for what, number in counts.items() if number]  # type: ignore[arg-type]
