"""What people, machines and accidents do to Consul: each is written there and noted in the truth.

`consuls` are models or real ones by datacenter; both take the bodies of `/v1/catalog/register` and `…/deregister`.
"""

import itertools

from tests.discovery.model.truth import NOT_BEFORE, Machine, Service, Truth

EXPORTER_PORT = 9100
NAMES = ("web", "db", "api", "mail", "queue")
# Addresses that no other machine may be sent to; what is refused must be told.
HOSTILE_ADDRESSES = (
    "127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "0.0.0.0", "::ffff:127.0.0.1", "2130706433",
    "metadata.google.internal", "localhost", "fe80::1",
)  # fmt: skip


class Operations:
    """Acts on all datacenters; `clock()` is the time in seconds since the epoch.

    A real leader takes out whom it knows by `serfHealth` and not by serf: there `node_check` is another.
    """

    def __init__(self, consuls, clock, node_check="serfHealth"):
        self.consuls, self.clock, self.truth = consuls, clock, Truth()
        self._node_check = node_check
        self._numbers = itertools.count(1)
        self._ports = itertools.count(20_000)
        self.truth.calm_since = dict.fromkeys(consuls, 0.0)
        self.snapshots = {}

    def machine(self, dc, address=None):
        """A machine joins with its exporter; at a free address unless told."""
        number = next(self._numbers)
        subnet = sorted(self.consuls).index(dc)
        machine = Machine(
            dc, f"host-{number}", address or f"10.{subnet}.{number // 250}.{number % 250 + 1}", self.clock()
        )
        self.truth.machines[machine.key] = machine
        self.service(machine, "vigie-exporter", port=EXPORTER_PORT)
        return machine

    def service(self, machine, name, port=None, **fields):
        """An instance is registered."""
        port = port or next(self._ports)
        identifier = fields.pop("identifier", f"{name}-{port}")
        service = Service(machine.dc, machine.name, identifier, name, port, self.clock(), **fields)
        self._write(service)
        return service

    def container(self, machine, name, port=None):
        """A container's endpoint is registered as the exporter does it."""
        port, number = port or next(self._ports), next(self._numbers)
        meta = {"instance": f"{machine.name}/{name}-{number}:8080"}
        return self.service(
            machine, f"app-{name}", port, identifier=f"vigie:{machine.name}:{name}-{number}:8080", meta=meta
        )

    def sidecar(self, service):
        """Consul Connect copies tags and Meta to the sidecar of a service."""
        machine = self.truth.machine_of(service)
        identifier = f"{service.identifier}-sidecar-proxy"
        return self.service(
            machine, f"{service.name}-sidecar-proxy", identifier=identifier, kind="connect-proxy", wish="nothing"
        )

    def hostile(self, machine, address):
        """Somebody registers an address that no Prometheus may be sent to."""
        return self.service(machine, "odd", address=address, wish="refused")

    def move(self, service):
        """A container is started again, and Docker publishes another port; its check is as before."""
        self.truth.freed_at[self.truth.address_of(service)] = self.clock()
        service.port, service.changed_at = next(self._ports), self.clock()
        self._write(service)

    def relabel(self, service, team):
        service.meta, service.changed_at = {**service.meta, "label_team": team}, self.clock()
        self._write(service)

    def check(self, service, status):
        service.status, service.changed_at = status, self.clock()
        self._write(service)

    def announce(self, service):
        """The mark that an exporter sets before it deregisters."""
        mark = {
            "CheckID": f"_service_maintenance:{service.identifier}",
            "Status": "critical", "Notes": "vigie: leaving", "ServiceID": service.identifier,
        }  # fmt: skip
        machine = self.truth.machine_of(service)
        self.consuls[service.dc].register({"Node": machine.name, "Address": machine.address, "Checks": [mark]})

    def deregister(self, service):
        self.consuls[service.dc].deregister({"Node": service.host, "ServiceID": service.identifier})
        self.truth.remove(service, self.clock())

    def die(self, machine):
        """A machine stops answering; Consul's agents notice."""
        machine.is_up, machine.changed_at = False, self.clock()
        self._write_machine(machine)

    def revive(self, machine):
        machine.is_up, machine.changed_at = True, self.clock()
        self._write_machine(machine)

    def remove(self, machine):
        """A machine is taken out of the catalog with all that it has."""
        self.consuls[machine.dc].deregister({"Node": machine.name})
        for service in self.services_of(machine):
            self.truth.remove(service, self.clock())
        del self.truth.machines[machine.key]
        self.truth.freed_at[machine.address] = self.clock()

    def recycle(self, machine):
        """A new machine gets a dead one's address, and runs the same."""
        return self._succeed(machine, [service for service in self.services_of(machine) if service.wish == "target"])

    def rename(self, machine):
        """A machine comes back under another name: its agent takes the old one out."""
        services = [service for service in self.truth.owners().values() if (service.dc, service.host) == machine.key]
        self.remove(machine)
        return self._succeed(machine, [service for service in services if service.wish == "target"])

    def _succeed(self, machine, services):
        successor = self.machine(machine.dc, machine.address)
        ports = set()
        for service in services:
            if service.job == "node" or service.port in ports:
                continue
            ports.add(service.port)
            if service.is_container:
                self.container(successor, service.name.removeprefix("app-"), service.port)
            else:
                self.service(successor, service.name, service.port)
        return successor

    def services_of(self, machine):
        return [service for service in self.truth.services.values() if (service.dc, service.host) == machine.key]

    def disturb(self, dc):
        """From now on discovery can't know what is in a datacenter."""
        self.truth.calm_since[dc] = NOT_BEFORE

    def calm(self, dc, seconds_until):
        """From then on it can again."""
        self.truth.calm_since[dc] = self.clock() + seconds_until

    def snapshot(self, dc):
        self.snapshots[dc] = self.consuls[dc].snapshot()

    def restore(self, dc):
        """Consul goes back to a snapshot; the agents have not noticed yet (`resync`)."""
        self.consuls[dc].restore(self.snapshots[dc])
        self.truth.restored_at[dc] = self.clock()
        self.disturb(dc)

    def resync(self, dc):
        """Each agent writes again what it has and takes out what it has not; so does the leader with machines."""
        consul = self.consuls[dc]
        for node in consul.node_names():
            if (dc, node) not in self.truth.machines:
                consul.deregister({"Node": node})
        for node, identifier in consul.service_keys():
            if (dc, node, identifier) not in self.truth.services:
                consul.deregister({"Node": node, "ServiceID": identifier})
        for service in list(self.truth.services.values()):
            if service.dc == dc:
                self._write(service, is_new=False)

    def _write(self, service, *, is_new=True):
        machine = self.truth.machine_of(service)
        record = {
            "ID": service.identifier, "Service": service.name, "Port": service.port, "Address": service.address,
            "Tags": ["prometheus"], "Meta": service.meta, "Kind": service.kind,
        }  # fmt: skip
        if service.kind:
            record["Proxy"] = {"DestinationServiceName": service.name.removesuffix("-sidecar-proxy")}
        checks = [
            {
                "CheckID": f"check:{service.identifier}",
                "Name": "alive",
                "Status": service.status,
                "ServiceID": service.identifier,
            },
            self._serf(machine),
        ]
        body = {"Node": machine.name, "Address": machine.address, "Service": record, "Checks": checks}
        self.consuls[service.dc].register(body)
        if is_new:
            self.truth.add(service, self.clock())

    def _write_machine(self, machine):
        body = {"Node": machine.name, "Address": machine.address, "Checks": [self._serf(machine)]}
        self.consuls[machine.dc].register(body)

    def _serf(self, machine):
        return {
            "CheckID": self._node_check,
            "Name": self._node_check,
            "Status": "passing" if machine.is_up else "critical",
        }
