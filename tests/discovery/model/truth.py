"""What really is: the machines, their instances and addresses, and since when; what discovery should come to know.

Whoever acts on Consul (`operations.py`) notes it here, and the invariants compare the files with it.
"""

from collections import defaultdict
from dataclasses import dataclass, field

NOT_BEFORE = float("inf")
SEEN_SECONDS = 8  # from a write to Consul to the file: a second, a reader's turn, a write's turn, and a margin


@dataclass
class Machine:
    """A node of the catalog. A dead one whose address went to another machine never comes back."""

    dc: str
    name: str
    address: str
    changed_at: float
    is_up: bool = True

    @property
    def key(self):
        return self.dc, self.name


@dataclass
class Service:
    """An instance as its owner registered it. `wish` tells what discovery makes of it: target, refused or nothing."""

    dc: str
    host: str
    identifier: str
    name: str
    port: int
    changed_at: float
    status: str = "passing"
    address: str = ""  # "": the machine's
    meta: dict = field(default_factory=dict)
    kind: str = ""
    wish: str = "target"

    @property
    def key(self):
        return self.dc, self.host, self.identifier

    @property
    def is_container(self):
        return "instance" in self.meta

    @property
    def job(self):
        return "node" if self.name == "vigie-exporter" else self.name


@dataclass
class Gone:
    """An instance that somebody took away: when, and whether discovery must have known it as passing."""

    job: str
    at: float
    was_passing: bool


class Truth:
    """All datacenters."""

    def __init__(self):
        self.machines = {}
        self.services = {}
        self.gone = {}  # by key; an instance that is back is no longer here
        self.jobs_since = {}  # by (datacenter, job): since when it has had instances all the time
        self.removals = []  # when
        self.calm_since = {}  # by datacenter: since when nothing keeps discovery from knowing; NOT_BEFORE meanwhile
        self.churning = {}  # by job: how many are alive at a time
        self.restored_at = {}  # by datacenter: when it last went back to a snapshot
        self.freed_at = defaultdict(float)  # by address, of a machine or HOST:PORT: when somebody last gave it up
        self.frozen_at = defaultdict(float)  # when each datacenter was last seen frozen: nothing is proven until then
        self.mass_at = 0.0  # when many last vanished at once
        self.released_at = 0.0  # when an operator last released or dropped anything

    def add(self, service, now):
        """Note that an instance was registered."""
        job = (service.dc, service.job)
        if all((other.dc, other.job) != job for other in self.services.values()):
            self.jobs_since[job] = now
        self.services[service.key] = service
        self.gone.pop(service.key, None)

    def machine_of(self, service):
        return self.machines.get((service.dc, service.host))

    def address_of(self, service):
        """Return HOST:PORT where an instance is really reached."""
        return f"{service.address or self.machine_of(service).address}:{service.port}"

    def is_alive(self, service):
        """Return whether an instance really answers."""
        machine = self.machine_of(service)
        return machine is not None and machine.is_up and service.status != "critical"

    def changed_at(self, service):
        """Return when an instance, its machine, or who else has or had its address last changed.

        Of what fails at an address that another one gives up, it is known only from then on that it has to page.
        """
        host, address = self.machine_of(service).address, self.address_of(service)
        machines = (machine.changed_at for machine in self.machines.values() if machine.address == host)
        neighbours = (other.changed_at for other in self.services.values() if self.address_of(other) == address)
        return max(service.changed_at, *machines, *neighbours, self.freed_at[host], self.freed_at[address])

    def owners(self):
        """Return who really answers at HOST:PORT: the living instance by address."""
        return {self.address_of(service): service for service in self.services.values() if self.is_alive(service)}

    def machines_by_address(self):
        """Return the living machine by address."""
        return {machine.address: machine for machine in self.machines.values() if machine.is_up}

    def is_displaced(self, service):
        """Return whether a living one has the address of a dead or failing one."""
        if self.is_alive(service):
            return False
        machine = self.machine_of(service)
        if not machine.is_up and machine.address in self.machines_by_address():
            return True
        return self.address_of(service) in self.owners()

    def remove(self, service, now):
        """Note that somebody took an instance away."""
        del self.services[service.key]
        was_known = now - max(self.changed_at(service), self.calm_since[service.dc]) >= SEEN_SECONDS
        self.gone[service.key] = Gone(service.job, now, was_passing=was_known and self.is_alive(service))
        self.removals.append(now)
        self.freed_at[self.address_of(service)] = now
        job = (service.dc, service.job)
        if all((other.dc, other.job) != job for other in self.services.values()):
            self.jobs_since[job] = NOT_BEFORE
