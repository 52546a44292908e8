"""Turns a service's answer into its targets, understanding only the rows that changed."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from discovery import catalog
from discovery.targets import Key, Policy, Refusal, RefusedError, Target, target, without_duplicates


class _Understood(NamedTuple):
    target: Target | None
    refusals: tuple[Refusal, ...]


class Reading(NamedTuple):
    """What a service's answer holds: its targets by key, and everything that was refused."""

    targets: Mapping[Key, Target]
    refusals: frozenset[Refusal]


class Reader:
    """Reads answers; remembers for each row of each service, by digest, what it meant."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._understood: dict[str, dict[bytes, _Understood]] = {}

    def read(self, service: str, body: bytes) -> Reading:
        """Return what `body` says of `service`; raise msgspec.DecodeError when it is no list at all."""
        before = self._understood.get(service, {})
        now = {digest: before.get(digest) or self._understand(service, row) for digest, row in catalog.rows(body)}
        self._understood[service] = now
        found = [one.target for one in now.values() if one.target is not None]
        targets, duplicates = without_duplicates(found)
        refusals = [refusal for one in now.values() for refusal in one.refusals]
        return Reading(targets, frozenset([*refusals, *duplicates]))

    def forget(self, service: str) -> None:
        """Drop the memory of a service that is no longer followed."""
        self._understood.pop(service, None)

    def _understand(self, service: str, row: msgspec.Raw) -> _Understood:
        try:
            one = catalog.instance(row)
        except msgspec.DecodeError as error:
            return _Understood(None, (Refusal(("", "", service), "unreadable", str(error)),))
        # Consul looks names up without regard to case: the answer for `web` holds the instances of `Web`, too.
        if one.service.name != service or self._policy.tag not in (one.service.tags or ()):
            return _Understood(None, ())
        key = (one.node.datacenter, one.node.name, one.service.id)
        notes: list[Refusal] = []
        try:
            made = target(one, self._policy, lambda reason, detail: notes.append(Refusal(key, reason, detail)))
        except RefusedError as error:
            return _Understood(None, (*notes, Refusal(key, error.reason, str(error))))
        return _Understood(made, tuple(notes))
