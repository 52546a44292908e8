"""Takes over what Consul says of a service: who is there, who left as announced, who is missing."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from discovery.guard.service_map import updated
from discovery.guard.spot import is_spot_dead, track_nodes
from discovery.guard.state import Entry, Limits, Settling, State, Step, count_events
from discovery.targets.target import Identity, Key, Target


def observe(
    state: State,
    service: str,
    present: Mapping[Key, Target],
    now: float,
    limits: Limits,
    deselected: frozenset[Key] = frozenset(),
    *,
    is_catching_up: bool = True,
) -> Step:
    """Take over what Consul says of a service now; what is missing stays until `judge`.

    Three kinds go at once: instances that announced their leaving (which is remembered for a while), those whose
    identity another instance took over, and the `deselected`, which an operator has just taken out of the selection.
    While `is_catching_up`, what a service has when it is read first has not come just now.
    """
    before = state.services.get(service, {})
    state = track_nodes(state, service, present.values(), now)
    kept = {key: target for key, target in present.items() if not is_spot_dead(state, target, now, limits)}
    added_at = 0 if is_catching_up and service not in state.services else now
    entries = {key: _see(before.get(key), target, now, added_at) for key, target in kept.items()}
    gone = [entry for key, entry in before.items() if key not in kept]
    going = {entry.target.key for entry in gone if entry.target.is_leaving} | deselected | present.keys()
    missing = [entry for entry in _not_replaced(gone, kept.values()) if entry.target.key not in going]
    entries |= {entry.target.key: _miss(entry, now) for entry in missing}
    if any(entry.status in {"seen", "unread"} for entry in missing):
        state = replace(state, settling=Settling(state.settling.first if state.settling else now, now))
    count_added = sum(1 for key in kept if key not in before)
    count_deselected = sum(entry.target.key in deselected for entry in gone)
    events = count_events(
        service,
        removed=len(before) + count_added - len(entries) - count_deselected,
        deselected=count_deselected,
        returned=sum(1 for key in kept if key in before and before[key].status in {"held", "lost"}),
    )
    departed = _update_departed(state, kept.values(), gone, now)
    return replace(state, services=updated(state.services, {service: entries}), departed=departed), events


def _not_replaced(gone: Iterable[Entry], here: Iterable[Target]) -> list[Entry]:
    """Return those of `gone` whose identity no other instance took over."""
    identities = {(target.dc, target.job, target.instance) for target in here}
    return [entry for entry in gone if (entry.target.dc, entry.target.job, entry.target.instance) not in identities]


def _see(before: Entry | None, target: Target, now: float, added_at: float) -> Entry:
    if before is None:
        return Entry(target, "seen", now, added_at)
    if before.status == "seen":
        return before if before.target is target else before._replace(target=target)
    return Entry(target, "seen", now, before.added_at)


def _miss(entry: Entry, now: float) -> Entry:
    return entry._replace(status="missing", since=now) if entry.status in {"seen", "unread"} else entry


def _update_departed(
    state: State, here: Iterable[Target], gone: Iterable[Entry], now: float
) -> Mapping[Identity, float]:
    """Return who left as announced, without those that are here again."""
    leaving = {entry.target.identity: now for entry in gone if entry.target.is_leaving}
    departed = {**state.departed, **leaving}
    back = {target.identity for target in here} if departed else set()
    return {identity: at for identity, at in departed.items() if identity not in back}
