"""How many targets may go: a share of the job and of all in a window of time, net of those that came."""

from collections.abc import Mapping

from discovery.guard.state import Limits, Removal, State, count


def fits(state: State, service: str, going: int, now: float, limits: Limits) -> bool:
    """Return whether `going` more targets of a service may go in this window, as far as its own share counts."""
    here = _net_removals(state, now, limits).get(service, 0)
    # What has gone counts into the size: one by one, no more goes than at once.
    may = max(limits.minimum, limits.job_share * (len(state.services[service]) + here))
    more = _net(state, service, going, now, limits)
    return more <= 0 or here + more <= may


def all_fit(state: State, going: Mapping[str, int], now: float, limits: Limits) -> bool:
    """Return whether so many more targets of each service may go in this window, as far as the share of all counts."""
    gone = sum(_net_removals(state, now, limits).values())
    may = max(limits.minimum, limits.all_share * (count(state) + gone))
    more = sum(max(0, _net(state, service, number, now, limits)) for service, number in going.items())
    return more <= 0 or gone + more <= may


def _net(state: State, service: str, going: int, now: float, limits: Limits) -> int:
    """Return how many of `going` no addition makes up for."""
    return going - max(0, _added(state, service, now, limits) - _removed(state, service, now, limits))


def _net_removals(state: State, now: float, limits: Limits) -> dict[str, int]:
    """Return for each service how many more went than came in this window."""
    services = {one.service for one in state.removals}
    return {name: max(0, _removed(state, name, now, limits) - _added(state, name, now, limits)) for name in services}


def _removed(state: State, service: str, now: float, limits: Limits) -> int:
    return sum(one.count for one in state.removals if one.service == service and one.at > now - limits.window_seconds)


def _added(state: State, service: str, now: float, limits: Limits) -> int:
    """Return how many came in this window and are still there: what came and went again makes up for nothing."""
    entries = state.services.get(service, {}).values()
    return sum(one.status == "seen" and one.added_at > now - limits.window_seconds for one in entries)


def noted(state: State, now: float, service: str, removed: int) -> tuple[Removal, ...]:
    """Return the removals with those of now, if there are any."""
    return (*state.removals, Removal(now, service, removed)) if removed else state.removals
