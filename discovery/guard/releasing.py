"""Ends the keeping of targets: by proof over time, or because an operator says so."""

from collections.abc import Collection

from msgspec.structs import replace

from discovery.guard.state import Entry, Event, EventKind, Limits, Proof, State, Status, Step
from discovery.targets.target import Key

READS = 3  # how many strict reads a release takes


def prove(state: State, service: str, present: Collection[Key], now: float, limits: Limits) -> Step:
    """Take over a strict read (without index, consistent, leader known) of a service with held targets.

    They go once three such reads over `release_window_seconds` agree. Time proves nothing when the whole job is empty,
    and with it a whole datacenter: that takes an operator.
    """
    held = {key for key, entry in state.services.get(service, {}).items() if entry.status == "held"}
    others = {name: proof for name, proof in state.proofs.items() if name != service}
    if state.freeze_reason or not held or not present or held.intersection(present):
        return replace(state, proofs=others), []
    before = state.proofs.get(service, Proof(now, 0))
    proof = before._replace(reads=before.reads + 1)
    if proof.reads < READS or now - proof.since < limits.release_window_seconds:
        return replace(state, proofs={**others, service: proof}), []
    return _take_out(replace(state, proofs=others), service, held, "released")


def release(state: State, service: str | None) -> Step:
    """Take out what is held, of one service or of all; for all, a freeze ends too, whatever is still away."""
    events: list[Event] = []
    if service is None and state.freeze_reason is not None:
        state = replace(state, freeze_reason=None, frozen_count=0)
        events.append(Event("unfrozen", "", 0))
    for name in state.services if service is None else {service} & state.services.keys():
        held = {key for key, entry in state.services[name].items() if entry.status == "held"}
        state, more = _take_out(state, name, held, "released")
        events += more
    return state, events


def drop(state: State, name: str) -> Step:
    """Take out the lost targets whose instance, service ID or host is `name`."""
    events: list[Event] = []
    for service, entries in state.services.items():
        keys = {key for key, entry in entries.items() if _is_named(entry, name, "lost")}
        state, more = _take_out(state, service, keys, "dropped")
        events += more
    return state, events


def _is_named(entry: Entry, name: str, status: Status) -> bool:
    target = entry.target
    return entry.status == status and name in {target.instance, target.service_id, target.host}


def _take_out(state: State, service: str, keys: set[Key], kind: EventKind) -> Step:
    if not keys:
        return state, []
    kept = {key: entry for key, entry in state.services[service].items() if key not in keys}
    return replace(state, services={**state.services, service: kept}), [Event(kind, service, len(keys))]
