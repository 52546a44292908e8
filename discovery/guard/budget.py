"""How many targets may go: a share of the job and of all in a window of time, net of those that came."""

from collections.abc import Mapping

from discovery.guard.state import Limits, Removal, State, count_targets


def fits_job(state: State, service: str, going: int, now: float, limits: Limits) -> bool:
    """Return whether `going` more targets of a service may go in this window, as far as its own share counts."""
    gone = _net_removals(state, now, limits).get(service, 0)
    # What has gone counts into the size: one by one, no more go than at once.
    allowed = max(limits.minimum, limits.job_share * (len(state.services[service]) + gone))
    more = _net_of_additions(state, service, going, now, limits)
    return more <= 0 or gone + more <= allowed


def fits_all(state: State, going: Mapping[str, int], now: float, limits: Limits) -> bool:
    """Return whether so many more targets of each service may go in this window, as far as the share of all counts."""
    gone = sum(_net_removals(state, now, limits).values())
    allowed = max(limits.minimum, limits.all_share * (count_targets(state) + gone))
    more = sum(max(0, _net_of_additions(state, service, count, now, limits)) for service, count in going.items())
    return more <= 0 or gone + more <= allowed


def add_removal(state: State, now: float, service: str, count: int) -> tuple[Removal, ...]:
    """Return the removals with those of now, if there are any."""
    return (*state.removals, Removal(now, service, count)) if count else state.removals


def _net_of_additions(state: State, service: str, going: int, now: float, limits: Limits) -> int:
    """Return how many of `going` no addition makes up for."""
    return going - max(0, _count_added(state, service, now, limits) - _count_removed(state, service, now, limits))


def _net_removals(state: State, now: float, limits: Limits) -> dict[str, int]:
    """Return for each service how many more went than came in this window."""
    services = {removal.service for removal in state.removals}
    return {
        name: max(0, _count_removed(state, name, now, limits) - _count_added(state, name, now, limits))
        for name in services
    }


def _count_removed(state: State, service: str, now: float, limits: Limits) -> int:
    window_start = now - limits.shrink_window_seconds
    return sum(removal.count for removal in state.removals if removal.service == service and removal.at > window_start)


def _count_added(state: State, service: str, now: float, limits: Limits) -> int:
    """Return how many came in this window and are still there: what came and went again makes up for nothing."""
    window_start = now - limits.shrink_window_seconds
    entries = state.services.get(service, {}).values()
    return sum(entry.status == "seen" and entry.added_at > window_start for entry in entries)
