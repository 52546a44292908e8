"""Which machines are down and since when, and which of them the cloud may have taken away."""

from collections.abc import Iterable

from msgspec.structs import replace

from discovery.guard.state import Limits, State
from discovery.targets.target import EXPORTER_SERVICE, Target


def note_nodes(state: State, service: str, seen: Iterable[Target], now: float) -> State:
    """Remember since when nodes are down, and which of them are spot nodes."""
    down = dict(state.nodes_down_since)
    spot = set(state.spot_nodes)
    for one in seen:
        if one.is_node_down:
            down.setdefault(one.host, now)
        else:
            down.pop(one.host, None)
        if one.is_spot:
            spot.add(one.host)
        elif service == EXPORTER_SERVICE:
            spot.discard(one.host)
    if down == state.nodes_down_since and spot == state.spot_nodes:
        return state
    return replace(state, nodes_down_since=down, spot_nodes=frozenset(spot))


def is_spot_dead(state: State, target: Target, now: float, limits: Limits) -> bool:
    """Return whether the target's machine is one that the cloud may take away, and has been down for long enough."""
    since = state.nodes_down_since.get(target.host)
    return since is not None and target.host in state.spot_nodes and now - since >= limits.spot_dead_seconds
