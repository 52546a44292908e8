"""Whatever happens to a fleet in a real Consul: the invariants of the state machine hold, for `--minutes`.

Run by `make chaos`; pytest does not collect it by itself. `--seed` repeats a run as far as real time allows.
"""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.chaos.real_consul import RealConsul
from tests.discovery.model.discovery_run import Refused, read_targets
from tests.discovery.model.invariants import View, broken
from tests.discovery.model.operations import HOSTILE_ADDRESSES, NAMES, Operations
from tests.discovery.model.truth import Machine

pytestmark = pytest.mark.integration

DC, AGENT = "dc1", "agent-1"
ODD_ADDRESSES = [address for address in HOSTILE_ADDRESSES if address not in {"0.0.0.0", "::"}]  # Consul refuses those
RECOVERY_SECONDS = 45
LOOK_SECONDS = 0.2
MACHINES_MAX = 10
MEMORY_GROWTH_MAX = 1.5


class Fleet:
    """A real Consul, the bridge beside it, and what is done to both."""

    def __init__(self, server, agent, proxy, start, seed):
        self.random = random.Random(seed)
        self.server, self.agent, self.proxy, self._start = server, agent, proxy, start
        consul = RealConsul(server.url, agent.url, AGENT)
        self.operations = Operations({DC: consul}, time.time, node_check="machine")
        self.truth = self.operations.truth
        self.agent_machine = Machine(DC, AGENT, "10.250.0.1", time.time())
        self.truth.machines[self.agent_machine.key] = self.agent_machine
        for name in NAMES:
            machine = self.operations.machine(DC)
            self.operations.service(machine, name)
            self.operations.container(machine, name)
            self.operations.service(self.agent_machine, name, address=self.agent_machine.address)
        self.bridge, self.started_at = start(), time.time()
        self.vanished, self._targets = [], frozenset()
        self.history = []

    def step(self):
        """Do one thing at random, if it makes sense now."""
        names = [name for name in dir(self) if name.startswith("do_")]
        name = self.random.choice(names)
        if getattr(self, name)() is not False:
            self.history.append(f"{time.time():.2f} {name}")

    def wait(self, seconds):
        """Look at the files all the time, so that nothing vanishes unseen."""
        end = time.time() + seconds
        while time.time() < end:
            targets = read_targets(self.bridge.folder)
            known = {(target.key, target.job) for target in targets}
            self.vanished += [
                (time.time(), target) for target in self._targets if (target.key, target.job) not in known
            ]
            self._targets = targets
            time.sleep(LOOK_SECONDS)

    def check(self):
        listing = self.bridge.page("/targets.json").json()
        refused = frozenset(Refused(tuple(row["id"].split("/", 2)), row["why"]) for row in listing["refused"])
        vanished, self.vanished = tuple(self.vanished), []
        page = self.bridge.page("/metrics").text
        counted = {reason for _, reason in refused if f'vigie_discovery_refused_total{{reason="{reason}"}}' in page}
        frozen = frozenset({DC} if self.bridge.metric("vigie_discovery_frozen") else ())
        self.truth.frozen_at.update(dict.fromkeys(frozen, time.time()))
        view = View(
            time.time(), self.truth, read_targets(self.bridge.folder), vanished, refused, frozenset(counted), (DC,),
            self.started_at, (0, 1), (0, 1), self.bridge.page("/sd/web").status_code != 503, frozen, (), (), 5,
        )  # fmt: skip
        wrong = broken(view)
        if wrong:
            self._tell(vanished)
        assert not wrong, (wrong[:5], self.history[-20:])

    def _tell(self, vanished):
        """Print what a person needs to find the reason: what vanished when, what was done, what the bridge said."""
        for at, target in vanished:
            service = self.truth.services.get(target.key)
            print(f"{at:.2f} vanished {target.job} {target.key} {target.address}; in truth: {service}")  # noqa: T201
        print(f"restored at {self.truth.restored_at}, frozen {dict(self.truth.frozen_at)}")  # noqa: T201
        print("\n".join(self.history[-40:]))  # noqa: T201
        print(self.bridge.running.log_text()[-20_000:])  # noqa: T201

    def memory_bytes(self):
        pages = int(Path(f"/proc/{self.bridge.running.process.pid}/statm").read_text().split()[1])
        return pages * 4096

    def _machines(self, *, is_up):
        machines = [machine for machine in self.truth.machines.values() if machine.is_up == is_up]
        return [machine for machine in machines if machine is not self.agent_machine]

    def _any(self, things):
        things = list(things)
        return self.random.choice(things) if things else None

    def _service(self):
        return self._any(
            service for service in self.truth.services.values() if service.wish == "target" and service.job != "node"
        )

    def _own_service(self):
        """Return one whose machine is written into the catalog."""
        return self._any(
            service
            for service in self.truth.services.values()
            if service.wish == "target" and service.job != "node" and service.host != AGENT
        )

    def do_machine_joins(self):
        return len(self.truth.machines) < MACHINES_MAX and self.operations.machine(DC)

    def do_register(self):
        machine = self._any(self._machines(is_up=True))
        return machine is not None and self.operations.container(machine, self.random.choice(NAMES))

    def do_deregister(self):
        service = self._service()
        return service is not None and self.operations.deregister(service)

    def do_check(self):
        service = self._own_service()
        if service is None or self.truth.owners().get(self.truth.address_of(service), service) is not service:
            return False
        return self.operations.check(service, self.random.choice(["passing", "critical"]))

    def do_relabel(self):
        service = self._service()
        return service is not None and self.operations.relabel(service, self.random.choice(["core", "shop"]))

    def do_port_goes_to_another(self):
        service = self._any(service for service in self.truth.owners().values() if service.is_container)
        if service is None:
            return False
        port = service.port
        if self.random.random() < 0.5:
            self.operations.move(service)
        else:
            self.operations.check(service, "critical")
        return self.operations.container(self.truth.machine_of(service), "next", port)

    def do_die(self):
        machine = self._any(self._machines(is_up=True))
        return machine is not None and self.operations.die(machine)

    def do_recycle(self):
        living = self.truth.machines_by_address()
        machine = self._any(machine for machine in self._machines(is_up=False) if machine.address not in living)
        return machine is not None and self.operations.recycle(machine)

    def do_take_out(self):
        machine = self._any(self._machines(is_up=False))
        return machine is not None and self.operations.remove(machine)

    def do_rename(self):
        machine = self._any(self._machines(is_up=True))
        return machine is not None and self.operations.rename(machine)

    def do_sidecar(self):
        service = self._own_service()
        return service is not None and self.operations.sidecar(service)

    def do_odd_address(self):
        machine = self._any(self._machines(is_up=True))
        return machine is not None and self.operations.hostile(machine, self.random.choice(ODD_ADDRESSES))

    def do_restore_snapshot(self):
        self.operations.snapshot(DC)
        self.wait(2)
        self.do_register()
        self.operations.restore(DC)
        self.operations.resync(DC)
        self.operations.calm(DC, RECOVERY_SECONDS)

    def do_disturb(self):
        """Answers are cut or late, the server is frozen, killed, or the agent is."""
        self.operations.disturb(DC)
        kind = self.random.choice(["cut", "truncate", "frozen", "killed", "agent"])
        if kind in {"cut", "truncate"}:
            self.proxy.trouble = kind
            self.wait(5)
            self.proxy.trouble = None
        elif kind == "frozen":
            self.server.signal(signal.SIGSTOP)
            self.wait(5)
            self.server.signal(signal.SIGCONT)
        else:
            program = self.server if kind == "killed" else self.agent
            program.stop(signal.SIGKILL)
            self.wait(5)
            program.start()
        self.operations.calm(DC, RECOVERY_SECONDS)

    def do_restart_bridge(self):
        self.bridge.running.stop()
        self.bridge.running.start()
        self.started_at = time.time()


def test_whatever_happens_to_a_fleet(start_consul, start_proxy, start_bridge, minutes, request):
    seed = request.config.getoption("seed", default=None) or time.time_ns() % 1_000_000
    server = start_consul(node_name="server-1")
    agent = start_consul(
        node_name=AGENT, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{server.serf_port}"]
    )
    proxy = start_proxy(server.port)
    fleet = Fleet(server, agent, proxy, lambda: start_bridge(proxy.url, "--watch-connections=3"), seed)
    print(f"seed {seed}")  # noqa: T201 - by which a run is repeated
    fleet.wait(15)
    fleet.check()
    memory, end = fleet.memory_bytes(), time.time() + minutes * 60
    while time.time() < end:
        for _ in range(fleet.random.randint(1, 5)):
            fleet.step()
        fleet.wait(fleet.random.choice([1, 5, 12]))
        fleet.check()
    fleet.wait(RECOVERY_SECONDS + 10)
    fleet.check()
    assert fleet.memory_bytes() < MEMORY_GROWTH_MAX * memory, (memory, fleet.memory_bytes())
