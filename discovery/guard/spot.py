"""Which machines are down and since when, and which of them the cloud may have taken away."""

from collections.abc import Iterable

from msgspec.structs import replace

from discovery.guard.state import Limits, State
from discovery.targets.target import EXPORTER_SERVICE, Target


def track_nodes(state: State, service: str, present: Iterable[Target], now: float) -> State:
    """Return the state with the nodes that are down, since when, and which nodes are spot nodes."""
    down_since = dict(state.nodes_down_since)
    spot_nodes = set(state.spot_nodes)
    for target in present:
        if target.is_node_down:
            down_since.setdefault(target.host, now)
        else:
            down_since.pop(target.host, None)
        if target.is_spot:
            spot_nodes.add(target.host)
        elif service == EXPORTER_SERVICE:
            spot_nodes.discard(target.host)
    if down_since == state.nodes_down_since and spot_nodes == state.spot_nodes:
        return state
    return replace(state, nodes_down_since=down_since, spot_nodes=frozenset(spot_nodes))


def is_spot_dead(state: State, target: Target, now: float, limits: Limits) -> bool:
    """Return whether the target's machine is one that the cloud may take away, and has been down for long enough."""
    since = state.nodes_down_since.get(target.host)
    if since is None or target.host not in state.spot_nodes:
        return False
    return now - since >= limits.spot_dead_timeout_seconds
