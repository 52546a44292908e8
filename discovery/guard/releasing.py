"""Ends the keeping of targets: by proof over time, or because an operator says so."""

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from discovery.guard.service_map import updated
from discovery.guard.state import Entry, Event, EventKind, Limits, Proof, State, Status, Step
from discovery.targets.target import Key

READS = 3  # how many strict reads a release takes


def prove(state: State, service: str, present: Collection[Key], now: float, limits: Limits) -> Step:
    """Take over a strict read (without index, consistent, leader known) of a service with held targets.

    Each goes once three such reads over `release_window_seconds` agree, whatever happens to the others meanwhile. Time
    proves nothing when the whole job is empty, and with it a whole datacenter: that takes an operator.
    """
    held = {key for key, entry in state.services.get(service, {}).items() if entry.status == "held"}
    others = {key: proof for key, proof in state.proofs.items() if key not in state.services.get(service, {})}
    if state.freeze_reason or not held or not present:
        return replace(state, proofs=others), []
    proofs = {}
    for key in held.difference(present):
        before = state.proofs.get(key, Proof(now, 0))
        proofs[key] = before._replace(reads=before.reads + 1)
    proven = {key for key, proof in proofs.items() if _is_proven(proof, now, limits)}
    unproven = {key: proof for key, proof in proofs.items() if key not in proven}
    return _take_out(replace(state, proofs={**others, **unproven}), {service: proven}, "released")


def release(state: State, service: str | None) -> Step:
    """Take out what is held, of one service or of all; for all, a freeze ends too, whatever is still away."""
    events: list[Event] = []
    if service is None and state.freeze_reason is not None:
        state = replace(state, freeze_reason=None, frozen_count=0, frozen_since=0.0)
        events.append(Event("unfrozen", "", 0))
    names = state.services.keys() if service is None else {service} & state.services.keys()
    state, more = _take_out(
        state,
        {name: {key for key, entry in state.services[name].items() if entry.status == "held"} for name in names},
        "released",
    )
    return state, events + more


def drop(state: State, name: str) -> Step:
    """Take out the lost targets whose instance, service ID or host is `name`."""
    return _take_out(
        state,
        {
            service: {key for key, entry in entries.items() if _is_named(entry, name, "lost")}
            for service, entries in state.services.items()
        },
        "dropped",
    )


def leave_others(state: State, dc: str) -> Step:
    """Take out the targets of every other datacenter: an operator has taken it out of the settings."""
    return _take_out(
        state,
        {
            service: {key for key, entry in entries.items() if entry.target.dc != dc}
            for service, entries in state.services.items()
        },
        "deselected",
    )


def _is_proven(proof: Proof, now: float, limits: Limits) -> bool:
    return proof.reads >= READS and now - proof.since >= limits.release_window_seconds


def _is_named(entry: Entry, name: str, status: Status) -> bool:
    target = entry.target
    return entry.status == status and name in {target.instance, target.service_id, target.host}


def _take_out(state: State, keys: Mapping[str, set[Key]], kind: EventKind) -> Step:
    going = {name: of_service for name, of_service in keys.items() if of_service}
    if not going:
        return state, []
    kept = {
        name: {key: entry for key, entry in state.services[name].items() if key not in of_service}
        for name, of_service in going.items()
    }
    gone = set().union(*going.values())
    proofs = {key: proof for key, proof in state.proofs.items() if key not in gone}
    events = [Event(kind, name, len(of_service)) for name, of_service in going.items()]
    return replace(state, services=updated(state.services, kept), proofs=proofs), events
