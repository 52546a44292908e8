"""Turns a service's answer into its targets, understanding only the rows that changed."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from discovery.consul import records as catalog
from discovery.targets import probes
from discovery.targets.target import Key, Policy, Refusal, RefusedError, Target, is_selected, target, without_duplicates


class _Understood(NamedTuple):
    key: Key | None  # None for a row that is not of this service, or can't be read
    target: Target | None
    refusals: tuple[Refusal, ...]


class Reading(NamedTuple):
    """What a service's answer holds: its targets by key, everything that was refused, and who else is registered."""

    targets: Mapping[Key, Target]
    refusals: frozenset[Refusal]
    others: frozenset[Key]


class Reader:
    """Reads answers; remembers for each row of each service, by digest, what it meant."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._understood: dict[str, dict[bytes, _Understood]] = {}

    def read(self, service: str, body: bytes, is_dead: Callable[[Target], bool] = lambda _: False) -> Reading:
        """Return what `body` says of `service`; raise msgspec.DecodeError when it is no list at all.

        One that `is_dead` stands in nobody's way: its address may be another's by now.
        """
        before = self._understood.get(service, {})
        now = {digest: before.get(digest) or self._understand(service, row) for digest, row in catalog.rows(body)}
        self._understood[service] = now
        return self.again(service, is_dead)

    def again(self, service: str, is_dead: Callable[[Target], bool]) -> Reading:
        """Return what was read last."""
        now = self._understood.get(service, {})
        found = [one.target for one in now.values() if one.target is not None]
        targets, duplicates = without_duplicates(one for one in found if not is_dead(one))
        targets |= {one.key: one for one in found if is_dead(one)}
        refusals = [refusal for one in now.values() for refusal in one.refusals]
        others = frozenset(one.key for one in now.values() if one.key and one.key not in targets)
        return Reading(targets, frozenset([*refusals, *duplicates]), others)

    def adopt(self, policy: Policy) -> None:
        """Go by another policy from now on."""
        self._policy = policy
        self._understood = {}

    def forget(self, service: str) -> None:
        """Drop the memory of a service that is no longer followed."""
        self._understood.pop(service, None)

    def _understand(self, service: str, row: msgspec.Raw) -> _Understood:
        try:
            one = catalog.instance(row)
        except msgspec.DecodeError as error:
            return _Understood(None, None, (Refusal(("", "", service), "unreadable", str(error)),))
        # Consul looks names up without regard to case: the answer for `web` holds the instances of `Web`, too.
        if one.service.name != service:
            return _Understood(None, None, ())
        key = (one.node.datacenter, one.node.name, one.service.id)
        is_scraped = is_selected(one, self._policy)
        if not is_scraped and not probes.is_tagged(one.service.tags):
            return _Understood(key, None, ())
        notes: list[Refusal] = []

        def note(reason: str, detail: str) -> None:
            notes.append(Refusal(key, reason, detail))

        try:
            made = target(one, self._policy, note, is_scraped=is_scraped)
        except RefusedError as error:
            return _Understood(key, None, (*notes, Refusal(key, error.reason, str(error))))
        return _Understood(key, made, tuple(notes))
