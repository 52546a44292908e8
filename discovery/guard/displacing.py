"""Tells which targets have lost their address to another machine, or to another instance: they are not scraped there.

The living wins. A target is displaced while its machine is down, or gone, and a machine that is up has its address, or
while an instance that is better off answers at its very address and port. It stays a target, so that its end still
pages, but in no file: what answers there is somebody else.

Whoever is missing keeps its address until it is judged, or, where a freeze holds it, until a clean probe some seconds
later: a server that comes back answers for a moment out of an older state, in which a machine that lives has the name
that it had before.
"""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from discovery.guard.state import Entry
from discovery.targets.target import Key, Target, rank_health

NOBODY: Mapping[Key, str] = {}


class _Claim(NamedTuple):
    service: str
    entry: Entry
    is_undecided: bool  # missing or held, and Consul was not found to be right since


class AddressBook:
    """Who answers at which address, of one datacenter; `displaced` says for each displaced target who has its own."""

    def __init__(self) -> None:
        self.displaced: Mapping[Key, str] = NOBODY  # replaced, never changed in place
        self._claims: dict[Key, _Claim] = {}
        self._undecided: dict[Key, _Claim] = {}
        self._at_endpoint: dict[tuple[str, int], dict[Key, None]] = {}
        self._up_hosts: dict[str, dict[str, int]] = {}  # by the address of the node: how many targets each host has
        self._down_targets: dict[str, dict[Key, None]] = {}  # down or gone, by the address at which they are scraped

    def update(
        self,
        service: str,
        before: Mapping[Key, Entry],
        after: Mapping[Key, Entry],
        frozen_since: float | None = None,
    ) -> set[str]:
        """Take over a service's targets; return the services of which other targets are displaced now.

        `frozen_since` is in seconds since the epoch, and None while Consul is believed.
        """
        suspects: set[Key] = set()
        for key in before.keys() | after.keys():
            entry, old = after.get(key), before.get(key)
            if entry is old and key in self._claims:
                continue
            if key in self._claims:
                suspects |= self._withdraw(key)
            if entry is not None and entry.target.address:
                suspects |= self._claim(_Claim(service, entry, _is_undecided(entry, frozen_since)))
        return self._judge(suspects)

    def decide(self, held_before: float) -> set[str]:
        """Have what a freeze holds lose its address where another has it: a clean probe came long enough after.

        It holds for what is held since before `held_before` (seconds since the epoch). Returns the services whose files
        differ by that.
        """
        decided = {
            key: claim._replace(is_undecided=False)
            for key, claim in self._undecided.items()
            if claim.entry.status == "held" and claim.entry.since < held_before
        }
        self._claims |= decided
        self._undecided = {key: claim for key, claim in self._undecided.items() if key not in decided}
        return self._judge(set(decided))

    def service_of(self, key: Key) -> str | None:
        """Return the service whose target has this key."""
        claim = self._claims.get(key)
        return claim.service if claim else None

    def _claim(self, claim: _Claim) -> set[Key]:
        entry, target = claim.entry, claim.entry.target
        self._claims[target.key] = claim
        if claim.is_undecided:
            self._undecided[target.key] = claim
        endpoint = self._at_endpoint.setdefault((target.address, target.port), {})
        endpoint[target.key] = None
        suspects = set(endpoint)
        if _is_up(entry):
            hosts = self._up_hosts.setdefault(target.node_address, {})
            hosts[target.host] = hosts.get(target.host, 0) + 1
            if hosts[target.host] == 1:
                suspects |= self._down_targets.get(target.node_address, {}).keys()
        else:
            self._down_targets.setdefault(target.address, {})[target.key] = None
        return suspects

    def _withdraw(self, key: Key) -> set[Key]:
        entry = self._claims.pop(key).entry
        self._undecided.pop(key, None)
        target = entry.target
        endpoint = self._at_endpoint[target.address, target.port]
        del endpoint[key]
        suspects = {key, *endpoint}
        if not endpoint:
            del self._at_endpoint[target.address, target.port]
        if _is_up(entry):
            hosts = self._up_hosts[target.node_address]
            hosts[target.host] -= 1
            if not hosts[target.host]:
                del hosts[target.host]
                suspects |= self._down_targets.get(target.node_address, {}).keys()
            if not hosts:
                del self._up_hosts[target.node_address]
        else:
            down = self._down_targets[target.address]
            del down[key]
            if not down:
                del self._down_targets[target.address]
        return suspects

    def _judge(self, suspects: set[Key]) -> set[str]:
        changes: dict[Key, str] = {}
        changed_services = set()
        for key in suspects:
            claim = self._claims.get(key)
            if claim and claim.is_undecided and key not in self.displaced:
                continue
            winner = self._find_winner(claim.entry) if claim else ""
            if winner == self.displaced.get(key, ""):
                continue
            changes[key] = winner
            if claim:
                changed_services.add(claim.service)
        if changes:
            merged = {**self.displaced, **changes}
            self.displaced = {key: winner for key, winner in merged.items() if winner}
        return changed_services

    def _find_winner(self, entry: Entry) -> str:
        """Return the node that has the target's address now, "" while it is its own."""
        target = entry.target
        is_shared = _is_loopback(target.address)  # each machine has it: another machine's is another place
        for key in self._at_endpoint[target.address, target.port]:
            other = self._claims[key].entry
            if _is_older_news(other, entry):
                continue
            if other.target.host != target.host:
                has_it = not is_shared
            else:
                has_it = _came_after(other, entry) or self.displaced.get(target.key) == target.host
            if has_it and _rank(other) < min(_rank(entry), 2):
                return other.target.host
        if not _is_up(entry) and not is_shared:
            hosts = self._up_hosts.get(target.address, {}).keys()
            if target.is_node_down or target.host not in hosts:
                return min(hosts - {target.host}, default="")
        return ""


def _rank(entry: Entry) -> int:
    """Return how far an instance is from being the one that answers: 0 for one that is well."""
    if entry.status not in {"seen", "unread"}:
        return 3
    return rank_health(entry.target)


def _is_undecided(entry: Entry, frozen_since: float | None) -> bool:
    """Return whether Consul was not found to be right since it lost the target."""
    is_held_by_freeze = frozen_since is not None and entry.status == "held" and entry.since >= frozen_since
    return entry.status == "missing" or is_held_by_freeze


def _is_older_news(other: Entry, entry: Entry) -> bool:
    """Return whether another instance of a machine that is down is not known yet to be so, too."""
    is_same_machine = other.target.host == entry.target.host and entry.status in {"seen", "unread"}
    return is_same_machine and entry.target.is_node_down and not other.target.is_node_down


def _came_after(other: Entry, entry: Entry) -> bool:
    """Return whether another instance of the same machine was given the port: it came when this one had gone.

    Two may share a port, but for containers: one that crashed, or is gone, has lost its port to the one that lives.
    """
    if _is_container(entry.target) and _is_container(other.target):
        return True
    return entry.status not in {"seen", "unread"} and other.added_at > entry.since


def _is_container(target: Target) -> bool:
    """Return whether the exporter registered a container's endpoint."""
    return target.service_id.startswith(f"vigie:{target.host}:")


def _is_up(entry: Entry) -> bool:
    return entry.status in {"seen", "unread"} and not entry.target.is_node_down


@lru_cache(maxsize=4096)
def _is_loopback(address: str) -> bool:
    """Return whether an address means another machine on each: several nodes have it, and none took it over."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
