"""The state machine: what may happen to a fleet, in any order, and after each step all that must hold."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition

from tests.discovery.model.accidents import DATACENTERS, RECOVERY_SECONDS, TOKEN, Accidents, need, rule
from tests.discovery.model.consul_model import ConsulModel
from tests.discovery.model.discovery_run import DiscoveryRun
from tests.discovery.model.invariants import SETTLED_SECONDS, View, broken
from tests.discovery.model.network import Network
from tests.discovery.model.operations import HOSTILE_ADDRESSES, NAMES, Operations
from tests.discovery.model.simulation import Simulation

MACHINES_MAX = 12
NUMBERS = st.integers(0, 63)


class DiscoveryMachine(Accidents):
    """Two datacenters, and the discovery that reads both."""

    tolerated = frozenset()  # invariants that are known not to hold

    def __init__(self):
        super().__init__()
        self.simulation = Simulation()
        consuls = {dc: ConsulModel(dc) for dc in DATACENTERS}
        self.network = Network(self.simulation, consuls)
        self.network.token = TOKEN
        self.operations = Operations(consuls, lambda: self.simulation.now)
        self.truth = self.operations.truth
        self.secrets_folder = Path(tempfile.mkdtemp(prefix="vigie-token-"))
        self.token_file = self.secrets_folder / "token"
        self.token_file.write_text(TOKEN)
        self.discovery = DiscoveryRun(self.simulation, self.network, self.token_file)
        self.configured_at = self.simulation.now
        self.vanished = []
        self.has_failed = False
        self._writes, self._targets = -1, frozenset()
        self.simulation.after_turn = self._look

    @initialize()
    def begin(self):
        for dc in DATACENTERS:
            for name in NAMES:
                machine = self.operations.machine(dc)
                self.operations.service(machine, name)
                self.operations.container(machine, name)
        self.discovery.start(DATACENTERS)
        self.wait(15)

    def teardown(self):
        """End all disturbances: once it is calm again everything must hold."""
        try:
            if not self.has_failed and self.discovery.bridge is not None:
                self.end_disturbances()
                self.wait(RECOVERY_SECONDS + SETTLED_SECONDS)
                self.everything_holds()
        finally:
            self.discovery.close()
            shutil.rmtree(self.secrets_folder)

    # What to act on: the number chooses among those that there are.

    def _choose(self, things, number):
        things = list(things)
        need(things)
        return things[number % len(things)]

    def _machine(self, number, *, is_up):
        machines = [machine for machine in self.truth.machines.values() if machine.is_up == is_up]
        return self._choose(machines, number)

    def _service(self, number, *, may_be_exporter=False):
        services = [
            service
            for service in self.truth.services.values()
            if service.wish == "target" and (may_be_exporter or service.job != "node")
        ]
        return self._choose(services, number)

    def _container(self, number):
        """Return one that has its port."""
        return self._choose((service for service in self.truth.owners().values() if service.is_container), number)

    # What people and machines do.

    @precondition(lambda self: len(self.truth.machines) < MACHINES_MAX)
    @rule(dc=st.sampled_from(DATACENTERS))
    def a_machine_joins(self, dc):
        self.operations.machine(dc)

    @rule(number=NUMBERS, name=st.sampled_from(NAMES), is_container=st.booleans())
    def an_instance_is_registered(self, number, name, is_container):
        machine = self._machine(number, is_up=True)
        (self.operations.container if is_container else self.operations.service)(machine, name)

    @rule(number=NUMBERS)
    def an_instance_is_deregistered(self, number):
        self.operations.deregister(self._service(number, may_be_exporter=True))

    @rule(number=NUMBERS)
    def an_instance_leaves_as_announced(self, number):
        service = self._service(number, may_be_exporter=True)
        self.operations.announce(service)
        self.wait(2)
        self.operations.deregister(service)

    @rule(number=NUMBERS, status=st.sampled_from(["passing", "warning", "critical"]))
    def a_check_changes(self, number, status):
        service = self._service(number, may_be_exporter=True)
        need(self.truth.owners().get(self.truth.address_of(service), service) is service)
        self.operations.check(service, status)

    @rule(number=NUMBERS, team=st.sampled_from(["core", "shop"]))
    def an_instance_is_relabelled(self, number, team):
        self.operations.relabel(self._service(number), team)

    @rule(number=NUMBERS)
    def a_container_restarts_and_another_gets_its_port(self, number):
        service = self._container(number)
        machine, old_port = self.truth.machine_of(service), service.port
        self.operations.move(service)
        self.operations.container(machine, "next", old_port)

    @rule(number=NUMBERS)
    def a_container_crashes_and_another_gets_its_port(self, number):
        service = self._container(number)
        self.operations.check(service, "critical")
        self.operations.container(self.truth.machine_of(service), "next", service.port)

    @rule(number=NUMBERS)
    def a_machine_dies(self, number):
        self.operations.die(self._machine(number, is_up=True))

    @rule(number=NUMBERS)
    def a_machine_comes_back(self, number):
        machine = self._machine(number, is_up=False)
        need(machine.address not in self.truth.machines_by_address())
        self.operations.revive(machine)

    @rule(number=NUMBERS)
    def an_address_is_recycled(self, number):
        machine = self._machine(number, is_up=False)
        need(machine.address not in self.truth.machines_by_address())
        self.operations.recycle(machine)

    @rule(number=NUMBERS, is_up=st.booleans())
    def a_machine_is_taken_out(self, number, is_up):
        self.operations.remove(self._machine(number, is_up=is_up))

    @rule(number=NUMBERS)
    def a_machine_is_renamed(self, number):
        self.operations.rename(self._machine(number, is_up=True))

    @rule(number=NUMBERS)
    def a_sidecar_is_registered(self, number):
        self.operations.sidecar(self._service(number))

    @rule(number=NUMBERS, address=st.sampled_from(HOSTILE_ADDRESSES))
    def somebody_registers_an_odd_address(self, number, address):
        self.operations.hostile(self._machine(number, is_up=True), address)

    # Time, and what must hold.

    @rule(seconds=st.sampled_from([1, 3, 10, 60, 120]))
    def time_passes(self, seconds):
        self.wait(seconds)

    def wait(self, seconds):
        self.simulation.run_for(seconds)

    def view(self):
        run = self.discovery
        connections = run.connections_max + 1
        vanished, self.vanished = tuple(self.vanished), []
        log, run.log[:] = tuple(run.log), []
        return View(
            self.simulation.now, self.truth, run.targets(), vanished, run.refused(), run.counted_refusals(),
            run.datacenters, self.configured_at, (self.network.most_connections, connections),
            (self.simulation.alive_count(), 2 * connections + 12), run.bridge.snapshot().is_ready, run.frozen(), log,
            (TOKEN,), 5,
        )  # fmt: skip

    @invariant()
    def everything_holds(self):
        if self.discovery.bridge is not None:
            self.count_step()
            wrong = [breach for breach in broken(self.view()) if breach[0] not in self.tolerated]
            self.has_failed = bool(wrong)
            assert not wrong, wrong

    def _look(self):
        """Note what is frozen, and what vanished from the files, after each moment in which any was written."""
        if self.discovery.bridge is not None:
            self.truth.frozen_at.update(dict.fromkeys(self.discovery.frozen(), self.simulation.now))
        writes = self.discovery.writes()
        if writes != self._writes:
            self._writes = writes
            targets = self.discovery.targets()
            known = {(target.key, target.job): target for target in targets}
            self.vanished += [
                (self.simulation.now, target)
                for target in self._targets
                if (target.key, target.job) not in known and target.dc in self.discovery.datacenters
            ]
            self._targets = targets
