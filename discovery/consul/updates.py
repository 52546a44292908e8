"""What the threads that read Consul report of it."""

from typing import Literal, NamedTuple

Doubt = Literal["index", "canary"]


class Witness(NamedTuple):
    """A truthful read made beside the blocking ones: when it began, what speaks against Consul, which nodes exist.

    `nodes` holds (datacenter, name), or is None when nobody asked for them.
    """

    at: float
    doubt: Doubt | None = None
    nodes: frozenset[tuple[str, str]] | None = None
