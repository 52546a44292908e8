"""What must always hold between the truth and the files: each function yields a sentence for what is wrong now.

An invariant is found by its name: `holds_…`. `View` is what there is to judge by, beside a model or a real Consul.
"""

import ipaddress
from collections import Counter
from typing import NamedTuple

from tests.discovery.model.truth import SEEN_SECONDS, Truth

SETTLED_SECONDS = 40  # a removal is judged together with others, and after a probe
RELEASED_SECONDS = 1600  # reads each five minutes, the first and the last ten apart, or by a moment fifteen
DATACENTER_SECONDS = 30
QUIET_SECONDS = 300  # one window of the budget
ALWAYS_REMOVABLE = 5  # targets that may go in one window whatever their job
UNSAFE = [
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "0.0.0.0/32", "255.255.255.255/32", "::1/128",
                 "fe80::/10", "ff00::/8", "::/128")
]  # fmt: skip


class View(NamedTuple):
    """What an observer sees at `now`; `vanished` are (when, target) since the last look."""

    now: float
    truth: Truth
    targets: frozenset
    vanished: tuple
    refused: frozenset
    counted_refusals: frozenset
    datacenters: tuple
    configured_at: float
    connections: tuple  # (most that were open, most that may be)
    threads: tuple  # (how many run, most that may)
    is_ready: bool
    frozen: frozenset  # datacenters in which nothing is removed, as discovery says itself
    log: tuple
    secrets: tuple
    budget: int  # how many may vanish after a restore


def _is_due(view, dc, since, seconds):
    """Return whether a datacenter was calm, and something unchanged, for so long."""
    calm_since = max(view.truth.calm_since[dc], view.configured_at)
    return view.now - max(since, calm_since) >= seconds


def holds_registered_and_passing_is_a_target(view):
    addresses = {(target.key, target.job, target.address) for target in view.targets}
    for service in view.truth.services.values():
        if service.wish != "target" or service.dc not in view.datacenters or not view.truth.is_alive(service):
            continue
        address = view.truth.address_of(service)
        is_due = _is_due(view, service.dc, view.truth.changed_at(service), SEEN_SECONDS)
        if is_due and (service.key, service.job, address) not in addresses:
            yield f"{service.key} answers at {address} as {service.job}, and is no target there"


def holds_what_fails_stays_to_page(view):
    truth, keys = view.truth, {target.key for target in view.targets}
    for service in truth.services.values():
        if service.wish != "target" or service.dc not in view.datacenters or truth.is_alive(service):
            continue
        is_due = _is_due(view, service.dc, truth.changed_at(service), SEEN_SECONDS)
        is_told = truth.is_displaced(service) or _has_namesake(view, service)
        if is_due and not is_told and service.key not in keys:
            yield f"{service.key} fails, is registered, and is no target: nobody is paged"


def _has_namesake(view, service):
    """Return whether its series are another's, too: of two dead ones at one address, one pages."""
    named = (service.job, view.truth.address_of(service))
    return any((target.job, target.address) == named and target.key != service.key for target in view.targets)


def holds_nothing_vanishes_that_nobody_took_away(view):
    restored = 0
    for at, target in view.vanished:
        service = view.truth.services.get(target.key)
        if service is None or target.dc not in view.datacenters or at - view.truth.released_at < SETTLED_SECONDS:
            continue
        has_moved = (service.job, view.truth.address_of(service)) != (target.job, target.address)
        is_told = view.truth.is_displaced(service) or _has_namesake(view, service)
        if has_moved or is_told or service.wish != "target":
            continue
        if at - view.truth.restored_at.get(target.dc, 0) < QUIET_SECONDS:
            restored += 1
            continue
        yield f"{target.key} vanished at {at}, and nobody took it away"
    if restored > view.budget:
        yield f"{restored} targets vanished after a restore, more than {view.budget}"


def holds_nobody_is_scraped_under_anothers_name(view):
    owners = view.truth.owners()
    for target in view.targets:
        owner = owners.get(target.address)
        if owner is None or owner.key == target.key:
            continue
        if _is_due(view, owner.dc, view.truth.changed_at(owner), SEEN_SECONDS):
            yield f"{target.job} {target.key} is scraped at {target.address}, where {owner.job} {owner.key} answers"


def holds_labels_tell_whose_address_it_is(view):
    for target in view.targets:
        is_own_name = target.instance == target.address or target.instance.startswith(f"{target.host}/")
        if target.job == "node":
            is_own_name = target.instance == target.host
        if not is_own_name:
            yield f"{target.key} at {target.address} calls itself {target.instance}"


def holds_no_two_targets_of_a_job_share_an_address(view):
    owners, seen = view.truth.owners(), {}
    for target in sorted(view.targets):
        owner = owners.get(target.address)
        if owner is None or not _is_due(view, owner.dc, view.truth.changed_at(owner), SEEN_SECONDS):
            continue
        other = seen.setdefault((target.job, target.address), target)
        if other != target:
            yield f"{target.job} has {target.address} twice: {target.key} and {other.key}"


def holds_a_dead_host_is_never_up(view):
    living = view.truth.machines_by_address()
    for target in view.targets:
        machine = view.truth.machines.get((target.dc, target.host))
        holder = living.get(target.address.rpartition(":")[0])
        if holder is None or holder.key == (target.dc, target.host) or (machine is not None and machine.is_up):
            continue
        since = max(holder.changed_at, machine.changed_at if machine else 0)
        if _is_due(view, holder.dc, since, SEEN_SECONDS):
            yield f"{target.key} is dead, and scraped at {target.address}, which {holder.name} has now"


def holds_what_was_taken_away_goes(view):
    keys = {target.key: target for target in view.targets}
    recent = [at for at in view.truth.removals if view.now - at < QUIET_SECONDS + SETTLED_SECONDS]
    for key, gone in view.truth.gone.items():
        if key not in keys or not gone.was_passing or key[0] not in set(view.datacenters) - view.frozen:
            continue
        was_restored = view.now - view.truth.restored_at.get(key[0], 0) < 2 * QUIET_SECONDS
        is_small = len(recent) <= ALWAYS_REMOVABLE and gone.at in recent and not was_restored
        thawed_at = view.truth.frozen_at[key[0]]
        if is_small and _is_due(view, key[0], max(gone.at, thawed_at), SETTLED_SECONDS):
            yield f"{key} was taken away {view.now - gone.at:.0f} s ago, within the budget, and is a target"
        since = max(gone.at, view.truth.jobs_since[key[0], gone.job], thawed_at)
        if _is_due(view, key[0], since, RELEASED_SECONDS):
            yield f"{key} was taken away {view.now - gone.at:.0f} s ago, its job lives, and it is still held"


def holds_churn_does_not_pile_up(view):
    counts = Counter(target.job for target in view.targets)
    if not all(_is_due(view, dc, 0, RELEASED_SECONDS) for dc in view.datacenters):
        return  # what nobody could prove gone is still held
    for job, alive in view.truth.churning.items():
        has_other_removals = view.now - view.truth.mass_at < RELEASED_SECONDS * 2
        if counts[job] > 3 * alive + ALWAYS_REMOVABLE and not has_other_removals:
            yield f"{job} has {counts[job]} targets, and {alive} are alive at a time"


def holds_only_datacenters_of_the_settings(view):
    if view.now - view.configured_at < DATACENTER_SECONDS:
        return
    for target in view.targets:
        if target.dc not in view.datacenters:
            yield f"{target.key} is a target of a datacenter that the settings don't name"


def holds_no_target_is_unsafe(view):
    for target in view.targets:
        host = target.address.rpartition(":")[0].strip("[]")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            yield f"{target.key} is scraped at the name {host!r}, which may mean any address"
            continue
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address.version == network.version and address in network for network in UNSAFE):
            yield f"{target.key} is scraped at {target.address}"


def holds_every_refusal_is_told(view):
    told = {refusal.key for refusal in view.refused}
    for service in view.truth.services.values():
        if service.wish != "refused" or service.dc not in view.datacenters:
            continue
        if _is_due(view, service.dc, view.truth.changed_at(service), SEEN_SECONDS) and service.key not in told:
            yield f"{service.key} is no proper target, and nobody is told"
    uncounted = {refusal.reason for refusal in view.refused} - view.counted_refusals
    if uncounted:
        yield f"refused for {sorted(uncounted)}, and not counted"


def holds_only_what_is_meant_is_a_target(view):
    for target in view.targets:
        service = view.truth.services.get(target.key)
        if service is not None and service.wish != "target":
            yield f"{target.key} is a target, although it is {service.kind or service.address or 'none'}"


def holds_connections_and_threads_are_bounded(view):
    for what, (count, most) in (("connections", view.connections), ("threads", view.threads)):
        if count > most:
            yield f"{count} {what}, more than {most}"


def holds_the_bridge_is_ready(view):
    if all(_is_due(view, dc, 0, SEEN_SECONDS) for dc in view.datacenters) and not view.is_ready:
        yield "it is not ready although Consul answers"


def holds_secrets_are_never_told(view):
    for line in view.log:
        for secret in view.secrets:
            if secret in line:
                yield f"the log has the secret: {line.replace(secret, '<secret>')[:200]}"


INVARIANTS = {name: check for name, check in globals().items() if name.startswith("holds_")}


def broken(view):
    """Return (invariant, sentence) of everything that is wrong now."""
    return [(name, sentence) for name, check in INVARIANTS.items() for sentence in check(view)]
