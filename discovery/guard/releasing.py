"""Ends the keeping of targets: by proof over time, or because an operator says so."""

from collections.abc import Collection

from msgspec.structs import replace

from discovery.guard.state import Entry, Event, Limits, Proof, State, Status, Step, What
from discovery.targets.target import Key

READS = 3  # as many truthful reads as a release takes


def prove(state: State, service: str, seen: Collection[Key], now: float, limits: Limits) -> Step:
    """Take over a truthful read (without index, consistent, leader known, no doubt) of a service with held targets.

    They go once three such reads over `release_seconds` agree. Time confirms nothing when the whole job is empty, and
    with it a whole datacenter: that takes an operator.
    """
    held = {key for key, one in state.services.get(service, {}).items() if one.status == "held"}
    others = {name: one for name, one in state.proofs.items() if name != service}
    if state.doubt or not held or not seen or held.intersection(seen):
        return replace(state, proofs=others), []
    before = state.proofs.get(service, Proof(now, 0))
    proof = before._replace(reads=before.reads + 1)
    if proof.reads < READS or now - proof.since < limits.release_seconds:
        return replace(state, proofs={**others, service: proof}), []
    return _without(replace(state, proofs=others), service, held, "released")


def accept(state: State, service: str | None) -> Step:
    """Let go what is held, of one service or of all; for all, a doubt ends too, whatever is still away."""
    events: list[Event] = []
    if service is None and state.doubt is not None:
        state = replace(state, doubt=None, doubted_count=0)
        events.append(Event("trust", "", 0))
    for name in state.services if service is None else {service} & state.services.keys():
        held = {key for key, one in state.services[name].items() if one.status == "held"}
        state, more = _without(state, name, held, "released")
        events += more
    return state, events


def forget(state: State, name: str) -> Step:
    """Let go the lost targets whose instance, service ID or host is `name`."""
    events: list[Event] = []
    for service, entries in state.services.items():
        keys = {key for key, one in entries.items() if _is_named(one, name, "lost")}
        state, more = _without(state, service, keys, "forgotten")
        events += more
    return state, events


def _is_named(entry: Entry, name: str, status: Status) -> bool:
    target = entry.target
    return entry.status == status and name in {target.instance, target.service_id, target.host}


def _without(state: State, service: str, keys: set[Key], what: What) -> Step:
    if not keys:
        return state, []
    after = {key: one for key, one in state.services[service].items() if key not in keys}
    return replace(state, services={**state.services, service: after}), [Event(what, service, len(keys))]
