"""Turns a service's answer into its targets, decoding only the rows that changed."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from discovery.consul.records import Instance, decode_instance, iterate_rows
from discovery.targets.blackbox_probes import has_probe_tag
from discovery.targets.building import build_target, without_duplicates
from discovery.targets.policy import Policy, is_selected
from discovery.targets.target import Key, Refusal, RefusedError, Target


class _ParsedRow(NamedTuple):
    key: Key | None  # None for a row that is not of this service, or can't be decoded
    target: Target | None
    refusals: tuple[Refusal, ...]


class ParsedService(NamedTuple):
    """What a service's answer holds: its targets by key, what was refused, and the keys that are no targets."""

    targets: Mapping[Key, Target]
    refusals: frozenset[Refusal]
    other_keys: frozenset[Key]


class ServiceParser:
    """Parses answers; remembers for each row of each service, by its digest, what it meant."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rows: dict[str, dict[bytes, _ParsedRow]] = {}

    def parse(self, service: str, body: bytes, is_dead: Callable[[Target], bool] = lambda _: False) -> ParsedService:
        """Return what `body` says of `service`; raise msgspec.DecodeError when it is no list at all.

        A target that `is_dead` claims no identity: another machine may have its address by now.
        """
        before = self._rows.get(service, {})
        self._rows[service] = {
            digest: before.get(digest) or self._parse_row(service, row) for digest, row in iterate_rows(body)
        }
        return self.recall(service, is_dead)

    def recall(self, service: str, is_dead: Callable[[Target], bool]) -> ParsedService:
        """Return what was parsed last."""
        rows = self._rows.get(service, {}).values()
        all_targets = [row.target for row in rows if row.target is not None]
        targets, duplicates = without_duplicates(target for target in all_targets if not is_dead(target))
        targets |= {target.key: target for target in all_targets if is_dead(target)}
        refusals = [refusal for row in rows for refusal in row.refusals]
        other_keys = frozenset(row.key for row in rows if row.key and row.key not in targets)
        return ParsedService(targets, frozenset([*refusals, *duplicates]), other_keys)

    def use_policy(self, policy: Policy) -> None:
        """Go by another policy from now on."""
        self._policy = policy
        self._rows = {}

    def forget_rows(self) -> None:
        """Understand every row anew when it is read next: a name may have another address by now."""
        self._rows = {}

    def discard(self, service: str) -> None:
        """Forget a service that is no longer followed."""
        self._rows.pop(service, None)

    def _parse_row(self, service: str, row: msgspec.Raw) -> _ParsedRow:
        try:
            instance = decode_instance(row)
        except msgspec.DecodeError as error:
            return _ParsedRow(None, None, (Refusal(("", "", service), "unreadable", str(error)),))
        # Consul ignores case when it looks a name up: the answer for `web` holds the instances of `Web`, too.
        if instance.service.name != service:
            return _ParsedRow(None, None, ())
        return self._parse_instance(instance)

    def _parse_instance(self, instance: Instance) -> _ParsedRow:
        key = (instance.node.datacenter, instance.node.name, instance.service.id)
        is_scraped = is_selected(instance, self._policy)
        is_ordinary = not instance.service.kind or self._policy.selection.names_kind
        if not is_scraped and not (is_ordinary and has_probe_tag(instance.service.tags)):
            return _ParsedRow(key, None, ())
        refusals: list[Refusal] = []

        def refuse_label(reason: str, detail: str) -> None:
            refusals.append(Refusal(key, reason, detail))

        try:
            target = build_target(instance, self._policy, refuse_label, is_scraped=is_scraped)
        except RefusedError as error:
            return _ParsedRow(key, None, (*refusals, Refusal(key, error.reason, str(error))))
        return _ParsedRow(key, target, tuple(refusals))
