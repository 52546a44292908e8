"""A target, and what names it: in Consul by its key, in Prometheus by its identity."""

from typing import NamedTuple

from msgspec import Struct

from discovery.targets.blackbox_probes import ProbeKind

EXPORTER_SERVICE = "vigie-exporter"
EXPORTER_JOB = "node"

Key = tuple[str, str, str]


class Probe(Struct, frozen=True):
    """The same instance as a target of blackbox_exporter: its kind, and its group in the kind's file."""

    kind: ProbeKind
    group: bytes


class Identity(NamedTuple):
    """What a target is called in Prometheus."""

    job: str
    instance: str
    host: str
    dc: str


class Target(Struct, frozen=True):
    """One target as it stands in a file, and what the guard needs to know of its instance.

    `group` is empty for an instance that is probed only. `address` and `port` are where it is scraped, `node_address`
    is its machine's.
    """

    dc: str
    host: str
    service_id: str
    job: str
    instance: str
    health: str
    group: bytes
    is_leaving: bool = False
    is_spot: bool = False
    is_node_down: bool = False
    created_index: int = 0
    probe: Probe | None = None
    address: str = ""
    port: int = 0
    node_address: str = ""

    @property
    def key(self) -> Key:
        """What makes it the same instance over time: never its address, which is recycled."""
        return self.dc, self.host, self.service_id

    @property
    def identity(self) -> Identity:
        """What it is called in Prometheus."""
        return Identity(self.job, self.instance, self.host, self.dc)


class Refusal(NamedTuple):
    """A refused instance or label: whose, why in one word, and the detail for the log."""

    key: Key
    reason: str
    detail: str


class RefusedError(Exception):
    """An instance is no target; `reason` is one word for a metric's label."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def job_of(service: str) -> str:
    """Return the job that a service's targets have: `node` for the exporter, else the service's name."""
    return EXPORTER_JOB if service == EXPORTER_SERVICE else service


def service_of(job: str) -> str:
    """Return the service whose targets have a job."""
    return EXPORTER_SERVICE if job == EXPORTER_JOB else job


def rank_health(target: Target) -> int:
    """Return 0 for an instance that may live, 1 for one that fails or leaves, 2 for one whose machine is down."""
    if target.is_node_down:
        return 2
    return int(target.health == "critical" or target.is_leaving)  # the mark of its leaving hides that it fails
