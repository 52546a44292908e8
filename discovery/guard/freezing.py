"""Freezes a datacenter while Consul's answers can't be right, and ends that when most targets are back.

normal ──index went back, or canary missing──▶ frozen
frozen ──a clean probe, and 90 % are seen again──▶ normal
frozen ──`vigie discovery release`──▶ normal
"""

from msgspec.structs import replace

from discovery.consul.updates import FreezeReason
from discovery.guard.state import Event, Limits, State, Step, count_targets


def freeze(state: State, reason: FreezeReason | None, now: float) -> Step:
    """Believe nothing that was read before: every target has to be seen again.

    What was held or lost before is no longer in Consul, so nobody waits for its return.
    """
    if reason is None or state.freeze_reason is not None or not count_targets(state):
        return state, []
    services = {
        name: {
            key: entry._replace(status="unread") if entry.status == "seen" else entry for key, entry in entries.items()
        }
        for name, entries in state.services.items()
    }
    count = count_targets(state, "unread", "seen", "missing")
    state = replace(state, services=services, freeze_reason=reason, frozen_count=count, frozen_since=now, proofs={})
    return state, [Event("frozen", "", count)]


def unfreeze(state: State, limits: Limits) -> Step:
    """Believe Consul again once enough targets are back; what the freeze held has to be read once more.

    Its service may be among those that nobody has read since: what it is now is judged by the ordinary rules. Targets
    that are new, or come out of an old snapshot, make up for none that is away.
    """
    count_back = state.frozen_count - _count_away(state)
    if state.freeze_reason is None or count_back < state.frozen_count * limits.unfreeze_share:
        return state, []
    services = {
        name: {
            key: entry._replace(status="unread") if entry.status == "held" else entry for key, entry in entries.items()
        }
        for name, entries in state.services.items()
    }
    state = replace(state, services=services, freeze_reason=None, frozen_count=0, frozen_since=0.0)
    return state, [Event("unfrozen", "", count_targets(state, "seen"))]


def _count_away(state: State) -> int:
    """Return how many targets of before the freeze are not back: not read yet, or missing, or held by the freeze."""
    return sum(
        entry.added_at < state.frozen_since
        and (entry.status in {"unread", "missing"} or (entry.status == "held" and entry.since >= state.frozen_since))
        for entries in state.services.values()
        for entry in entries.values()
    )
