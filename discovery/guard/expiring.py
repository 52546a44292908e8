"""Lets time pass: lost targets expire, dead spot nodes go, budgets and departures are forgotten."""

from msgspec.structs import replace

from discovery.guard.service_map import updated
from discovery.guard.spot import is_spot_dead
from discovery.guard.state import Entry, Event, Limits, State, Step, count_events


def expire(state: State, now: float, limits: Limits) -> Step:
    """Take out the lost targets whose retention has ended, and those of dead spot nodes."""
    window_start = now - limits.shrink_window_seconds
    removals = tuple(removal for removal in state.removals if removal.at > window_start)
    departed_since = now - limits.departed_retention_seconds
    departed = {identity: at for identity, at in state.departed.items() if at > departed_since}
    state = replace(state, removals=removals, departed=departed)
    events: list[Event] = []
    services = state.services
    for service, entries in state.services.items():
        expired = {key for key, entry in entries.items() if _is_expired(entry, now, limits)}
        spot_dead = {key for key, entry in entries.items() if is_spot_dead(state, entry.target, now, limits)} - expired
        gone = expired | spot_dead
        if not gone:
            continue
        kept = {key: entry for key, entry in entries.items() if key not in gone}
        services = updated(services, {service: kept})
        events += count_events(service, expired=len(expired), spot_dead=len(spot_dead))
    return replace(state, services=services) if events else state, events


def _is_expired(entry: Entry, now: float, limits: Limits) -> bool:
    return entry.status == "lost" and now - entry.since >= limits.lost_retention_seconds
