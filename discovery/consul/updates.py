"""What the threads that read Consul report: one update for each answer."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from msgspec import Struct

# Why an answer can't be right: Consul's index went back, the answer lacks Consul's own service, or Consul says that the
# token may not read all of it, which it could before.
FreezeReason = Literal["index", "canary", "filtered"]


class Fingerprint(Struct, frozen=True):
    """By what Consul is recognised: the index of its services, and the IDs of its servers' nodes.

    `is_filtered` tells whether the token could read a part only from the beginning on, None before the first answer.
    """

    index: int = 0
    servers: frozenset[str] = frozenset()
    is_filtered: bool | None = None


class ServiceList(NamedTuple):
    """The catalog's list of services, None when it is unchanged; `at` in seconds since the epoch.

    `is_filtered` tells that the token may not read all of it.
    """

    body: bytes | None
    at: float
    is_filtered: bool = False


class ServiceInstances(NamedTuple):
    """A service's instances, None when they are unchanged; `at` in seconds since the epoch."""

    service: str
    body: bytes | None
    at: float
    consul_index: int = 0
    is_filtered: bool = False


class ProbeResult(NamedTuple):
    """What a consistency probe read, and when it began (seconds since the epoch).

    `nodes` holds (datacenter, name), or is None when the nodes were not read. `dc` is "" when no server is visible.
    """

    at: float
    freeze_reason: FreezeReason | None = None
    nodes: frozenset[tuple[str, str]] | None = None
    fingerprint: Fingerprint = Fingerprint()
    dc: str = ""
    hidden: frozenset[str] = frozenset()  # services of which instances are hidden, not deregistered


class StrictRead(NamedTuple):
    """A service's instances, read without an index and with `consistent`: the only read that proves an absence."""

    service: str
    body: bytes
    at: float


class ReadFailure(NamedTuple):
    """A read that failed: the reason in one word, the detail for the log, whether a consistency probe made it."""

    reason: str
    detail: str
    is_probe: bool = False


class ThreadRestart(NamedTuple):
    """A thread that reads Consul died of something unexpected, and began anew."""

    thread: str


Update = ServiceList | ServiceInstances | ProbeResult | StrictRead | ReadFailure | ThreadRestart
OnUpdate = Callable[[Update], None]
