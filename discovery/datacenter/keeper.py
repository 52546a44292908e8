"""What is kept of one datacenter: its state, as the guard decides, and what of it has to be written."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec.structs import replace

from discovery.consul.updates import Fingerprint, ProbeResult
from discovery.guard import releasing
from discovery.guard.displacing import AddressBook
from discovery.guard.expiring import expire
from discovery.guard.judging import judge
from discovery.guard.observing import observe
from discovery.guard.persistence import SavedDatacenter, restore, save
from discovery.guard.service_map import updated
from discovery.guard.spot import is_spot_dead
from discovery.guard.state import Entry, Event, Limits, State, Step, count_events, count_targets, settled_at
from discovery.targets.target import Key, Target


class Keeper:
    """Keeps the targets of one datacenter; each method returns what happened to them."""

    def __init__(self, saved: SavedDatacenter, targets: Iterable[tuple[str, Target]], limits: Limits) -> None:
        self.state = restore(saved, targets, time.time())
        self.fingerprint: Fingerprint = saved.fingerprint
        self.limits = limits
        self.changed_services: set[str] = set()  # whose file may differ
        self.services_to_read: set[str] = set()  # which lost an instance to another one
        self._addresses = AddressBook()
        for service in self.state.services:
            self._note_addresses(self.state, service, {})
        self.has_unsaved_state = False

    @property
    def displaced(self) -> Mapping[Key, str]:
        """For each target that lost its address: the node that has it now."""
        return self._addresses.displaced

    def save(self) -> SavedDatacenter:
        """Return what has to be restored after a restart."""
        return save(self.state, self.fingerprint)

    def settled_at(self) -> float | None:
        """Return from when on what is missing may be judged (seconds since the epoch), None while nothing is."""
        return settled_at(self.state, self.limits)

    def entries_missing(self) -> list[Entry]:
        """Return the targets that wait for a judgement."""
        return [
            entry for entries in self.state.services.values() for entry in entries.values() if entry.status == "missing"
        ]

    def displaced_entries(self) -> list[Entry]:
        """Return the targets that lost their address."""
        if not self.displaced:
            return []
        return [
            entry for entries in self.state.services.values() for key, entry in entries.items() if key in self.displaced
        ]

    def is_dead(self, target: Target) -> bool:
        """Return whether the cloud took the target's machine away."""
        return is_spot_dead(self.state, target, time.time(), self.limits)

    def observe(
        self, service: str, present: Mapping[Key, Target], deselected: frozenset[Key], *, is_catching_up: bool
    ) -> list[Event]:
        """Take over what Consul says of a service; an ID of a node is in one service only, so others lose it."""
        moved = self._take_from_others(service, present)
        step = observe(
            self.state, service, present, time.time(), self.limits, deselected, is_catching_up=is_catching_up
        )
        return moved + self._take(step, (service,))

    def _take_from_others(self, service: str, present: Mapping[Key, Target]) -> list[Event]:
        """Take out of other services what is registered as this one's now; they have to be read again."""
        losers = {self._addresses.service_of(key) for key in present} - {service, None}
        events: list[Event] = []
        for loser in sorted(filter(None, losers)):
            entries = self.state.services[loser]
            kept = {key: entry for key, entry in entries.items() if key not in present}
            state = replace(self.state, services=updated(self.state.services, {loser: kept}))
            events += self._take((state, count_events(loser, removed=len(entries) - len(kept))), (loser,))
            self.services_to_read.add(loser)
        return events

    def judge(self, result: ProbeResult) -> list[Event]:
        """Decide on what is missing, and let time pass."""
        self.has_unsaved_state |= result.fingerprint != self.fingerprint
        self.fingerprint = result.fingerprint
        events = self._take(judge(self.state, result, time.time(), self.limits))
        if result.freeze_reason is None:
            self.changed_services |= self._addresses.decide(result.at - self.limits.settle_timeout_seconds)
        return events + self._take(expire(self.state, time.time(), self.limits))

    def prove(self, service: str, present: Collection[Key]) -> list[Event]:
        """Take over a strict read of a service with held targets."""
        return self._take(releasing.prove(self.state, service, present, time.time(), self.limits))

    def release(self, service: str | None) -> list[Event]:
        """Take out what is held, of one service or of all."""
        return self._take(releasing.release(self.state, service))

    def drop(self, name: str) -> list[Event]:
        """Take out the lost targets of a name."""
        return self._take(releasing.drop(self.state, name))

    def leave_others(self, dc: str) -> list[Event]:
        """Take out the targets that are of another datacenter than `dc`."""
        return self._take(releasing.leave_others(self.state, dc))

    def forget_services(self, has_ended: Callable[[str], bool]) -> None:
        """Forget the services that have ended and have no target any more."""
        ended = frozenset(name for name, entries in self.state.services.items() if not entries and has_ended(name))
        if ended:
            self.state = replace(self.state, services=updated(self.state.services, {}).without(ended))

    def count(self) -> int:
        """Return how many targets there are."""
        return count_targets(self.state)

    def _note_addresses(self, state: State, service: str, before: Mapping[Key, Entry]) -> set[str]:
        """Have the targets of a service claim their addresses; return the services whose files differ by that."""
        frozen_since = None if state.freeze_reason is None else state.frozen_since
        return self._addresses.update(service, before, state.services[service], frozen_since)

    def _take(self, step: Step, services: Iterable[str] | None = None) -> list[Event]:
        """Take over the guard's decision; the files of services whose targets differ have to be written.

        `services` names those that it was about, where it was not about all.
        """
        state, events = step
        before = self.state.services
        for name in state.services if services is None else services:
            entries, entries_before = state.services[name], before.get(name)
            if entries is not entries_before:
                self.changed_services |= self._note_addresses(state, name, entries_before or {})
                if _has_changed(entries_before, entries):
                    self.changed_services.add(name)
        self.has_unsaved_state |= bool(events)
        self.state = state
        return events


def _has_changed(before: Mapping[Key, Entry] | None, after: Mapping[Key, Entry]) -> bool:
    """Return whether a service's file may differ: a target whose status alone changed is written as before."""
    if before is None or len(before) != len(after):
        return bool(after) or bool(before)
    return any(key not in before or before[key].target is not entry.target for key, entry in after.items())
