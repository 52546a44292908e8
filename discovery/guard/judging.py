"""Decides, after a consistency probe, on what is missing: it is removed, held or lost."""

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from discovery.consul.updates import ProbeResult
from discovery.guard.budget import Budget
from discovery.guard.freezing import freeze, unfreeze
from discovery.guard.service_map import updated
from discovery.guard.state import (
    Entry,
    Event,
    Limits,
    Removal,
    Settling,
    State,
    Step,
    count_events,
    services_with,
    settled_at,
)
from discovery.targets.target import Key


def judge(state: State, result: ProbeResult, now: float, limits: Limits) -> Step:
    """Decide on everything that was missing before the probe began: removed, lost, or held.

    Nothing is decided before the removals have settled, so that those of one accident are judged as one.
    A probe that read the nodes also ends the keeping of lost targets whose machine has been taken out since.
    A probe with a freeze reason freezes the datacenter: nothing shrinks. It ends with a clean probe, once most targets
    are back.
    """
    state, events = freeze(state, result.freeze_reason, now)
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
    changes = _Changes(state, now)
    for service in sorted(services_with(state, "missing")):
        changes.keep(service, _missing_before(state.services[service], result), "held")
    return changes.step()


def _judge_services(state: State, result: ProbeResult, now: float, limits: Limits, *, is_settled: bool) -> Step:
    services = services_with(state, "missing") if is_settled else set()
    if result.nodes is not None:
        services |= services_with(state, "lost")
    if not services:
        return state, []
    sorted_entries = {
        name: _sort_entries(state.services[name], result, is_settled=is_settled) for name in sorted(services)
    }
    budget = Budget(state, now, limits)
    charges = budget.charges({name: going for name, (going, _) in sorted_entries.items()})
    is_mass = not budget.fits_all(charges)
    changes = _Changes(state, now)
    for service, (going, failing) in sorted_entries.items():
        changes.keep(service, failing, "lost")
        if is_mass or not budget.fits_job(service, charges[service]):
            changes.keep(service, going, "held")
        else:
            changes.remove(service, going, charges[service])
        changes.bound_lost(service, limits.lost_maximum)
    return changes.step()


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


class _Changes:
    """What one judgement does to many services: collected, so that the state is copied once."""

    def __init__(self, state: State, now: float) -> None:
        self._state, self._now = state, now
        self._services: dict[str, dict[Key, Entry]] = {}
        self._removals: list[Removal] = []
        self._held: set[Key] = set()
        self._events: list[Event] = []

    def remove(self, service: str, going: list[Entry], charge: int) -> None:
        """Take targets out; `charge` of them count against the budget."""
        for entry in going:
            del self._entries(service)[entry.target.key]
        if charge:
            self._removals.append(Removal(self._now, service, charge))
        self._events += count_events(service, removed=len(going))

    def keep(self, service: str, entries: list[Entry], status: Literal["held", "lost"]) -> None:
        """Have `entries` stay targets although Consul no longer has them."""
        if entries:
            self._entries(service).update(
                {entry.target.key: entry._replace(status=status, since=self._now) for entry in entries}
            )
            self._events.append(Event(status, service, len(entries)))
            self._held |= {entry.target.key for entry in entries}

    def bound_lost(self, service: str, maximum: int) -> None:
        """Let the oldest lost targets of a job go where there are too many: a job that keeps crashing has no end."""
        lost = [entry for entry in self._entries(service).values() if entry.status == "lost"]
        surplus = sorted(lost, key=lambda entry: entry.since)[: max(0, len(lost) - maximum)]
        for entry in surplus:
            del self._entries(service)[entry.target.key]
        self._events += count_events(service, expired=len(surplus))

    def step(self) -> Step:
        """Return the state with all of it, and what happened."""
        services = updated(self._state.services, self._services)
        removals = (*self._state.removals, *self._removals)
        # What is held anew has to be proven from the beginning.
        proofs = {key: proof for key, proof in self._state.proofs.items() if key not in self._held}
        return replace(self._state, services=services, removals=removals, proofs=proofs), self._events

    def _entries(self, service: str) -> dict[Key, Entry]:
        if service not in self._services:
            self._services[service] = dict(self._state.services[service])
        return self._services[service]


def _settle_anew(state: State) -> State:
    """Return the state with the times since when those that are still missing have been so."""
    if state.settling is None and not services_with(state, "missing"):
        return state
    since = [
        entry.since for entries in state.services.values() for entry in entries.values() if entry.status == "missing"
    ]
    return replace(state, settling=Settling(min(since), max(since)) if since else None)
