"""Decides, after a consistency probe, on what is missing: it is removed, held or lost."""

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from discovery.consul.updates import ProbeResult
from discovery.guard.budget import add_removal, fits_all, fits_job
from discovery.guard.freezing import freeze, unfreeze
from discovery.guard.state import Entry, Event, Limits, Settling, State, Step, count_events, services_with, settled_at
from discovery.targets.target import Key


def judge(state: State, result: ProbeResult, now: float, limits: Limits) -> Step:
    """Decide on everything that was missing before the probe began: removed, lost, or held.

    Nothing is decided before the removals have settled, so that those of one accident are judged as one.
    A probe that read the nodes also ends the keeping of lost targets whose machine has been taken out since.
    A probe with a freeze reason freezes the datacenter: nothing shrinks. It ends with a clean probe, once most targets
    are back.
    """
    state, events = freeze(state, result.freeze_reason)
    if state.freeze_reason:
        state, more = _hold_missing(state, result, now)
    else:
        due = settled_at(state, limits)
        state, more = _judge_services(state, result, now, limits, is_settled=due is not None and result.at >= due)
    events += more
    if result.freeze_reason is None:
        state, more = unfreeze(state, limits)
        events += more
    return _settle_anew(state), events


def _hold_missing(state: State, result: ProbeResult, now: float) -> Step:
    events: list[Event] = []
    for service in sorted(services_with(state, "missing")):
        state, more = _keep(state, service, _missing_before(state.services[service], result), "held", now)
        events += more
    return state, events


def _judge_services(state: State, result: ProbeResult, now: float, limits: Limits, *, is_settled: bool) -> Step:
    services = services_with(state, "missing") if is_settled else set()
    if result.nodes is not None:
        services |= services_with(state, "lost")
    sorted_entries = {
        name: _sort_entries(state.services[name], result, is_settled=is_settled) for name in sorted(services)
    }
    going_counts = {name: len(going) for name, (going, _) in sorted_entries.items()}
    is_mass = not fits_all(state, going_counts, now, limits)
    events: list[Event] = []
    for service, (going, failing) in sorted_entries.items():
        state, more = _keep(state, service, failing, "lost", now)
        events += more
        if is_mass or not fits_job(state, service, len(going), now, limits):
            state, more = _keep(state, service, going, "held", now)
        else:
            state, more = _remove(state, service, going, now)
        events += more
    return state, events


def _sort_entries(
    entries: Mapping[Key, Entry], result: ProbeResult, *, is_settled: bool
) -> tuple[list[Entry], list[Entry]]:
    """Return (those that go if the budget allows it, those that were failing and stay)."""
    missing = _missing_before(entries, result) if is_settled else []
    going = [entry for entry in missing if entry.target.health != "critical"]
    if result.nodes is None:
        return going, []
    # A crash must not silence its own alert, unless the whole machine has been taken out of the catalog.
    failing = [entry for entry in missing if entry.target.health == "critical"]
    lost = [entry for entry in entries.values() if entry.status == "lost"]
    going += [entry for entry in (*failing, *lost) if entry.target.key[:2] not in result.nodes]
    return going, [entry for entry in failing if entry.target.key[:2] in result.nodes]


def _missing_before(entries: Mapping[Key, Entry], result: ProbeResult) -> list[Entry]:
    """Return what was missing already when the probe began: a younger absence is none of its business."""
    return [entry for entry in entries.values() if entry.status == "missing" and entry.since <= result.at]


def _remove(state: State, service: str, going: list[Entry], now: float) -> Step:
    gone = {entry.target.key for entry in going}
    kept = {key: entry for key, entry in state.services[service].items() if key not in gone}
    removals = add_removal(state, now, service, len(going))
    state = replace(state, services={**state.services, service: kept}, removals=removals)
    return state, count_events(service, removed=len(going))


def _keep(state: State, service: str, entries: list[Entry], status: Literal["held", "lost"], now: float) -> Step:
    """Return the state in which `entries` stay targets although Consul no longer has them."""
    if not entries:
        return state, []
    kept = {entry.target.key: entry._replace(status=status, since=now) for entry in entries}
    after = {**state.services[service], **kept}
    # What is newly held has to be proven from the beginning.
    proofs = {name: proof for name, proof in state.proofs.items() if name != service or status != "held"}
    state = replace(state, services={**state.services, service: after}, proofs=proofs)
    return state, [Event(status, service, len(kept))]


def _settle_anew(state: State) -> State:
    """Return the state with the times since when those that are still missing have been so."""
    if state.settling is None and not services_with(state, "missing"):
        return state
    since = [
        entry.since for entries in state.services.values() for entry in entries.values() if entry.status == "missing"
    ]
    return replace(state, settling=Settling(min(since), max(since)) if since else None)
