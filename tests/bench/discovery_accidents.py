"""The figures of discovery that an accident decides: crowded connections, ten thousand services gone, churn."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests
from measured import TRANSACTION_MAX, free_port, record, wait

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.discovery.model.consul_model import ConsulModel
from tests.discovery.model.discovery_run import DiscoveryRun
from tests.discovery.model.network import Network
from tests.discovery.model.simulation import Simulation

CHURN_ALIVE, CHURN_SECONDS = 10, 60


def shared_changes(servers, services, machines, count):
    """Return the seconds from a changed port to the file, of services that share Consul's 200 connections.

    Two bridges and an exporter are at the agent, all from one address. The check stays as it is, so that only the
    catalog's index moves.
    """
    register_services(servers, services, machines)
    first = servers.start_bridge(name="first")
    second = servers.start_bridge(name="second")
    port = free_port()
    address = f"--web.listen-address=127.0.0.1:{port}"
    own = ("--host-name=bench", f"--consul-url={servers.consul}")
    servers.start("exporter", sys.executable, "-m", "vigie", "exporter", address, *own)
    for bridge in (first, second):
        bridge.wait_for(services)
    wait(lambda: 'state="registered"} 1' in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text)
    time.sleep(10)
    chance = random.Random(11)
    delays = []
    for number in range(count):
        chosen = chance.randrange(services)
        changed_port = 1000 + number
        register(servers, chosen, machines, changed_port)
        delays.append(first.port_seconds(time.time(), f"svc-{chosen}", changed_port))
        time.sleep(chance.uniform(0.5, 4))
    return delays


def register_services(servers, services, machines):
    operations = []
    for number in range(services):
        operations += _operations(number, machines, 20000 + number)
        if len(operations) >= TRANSACTION_MAX - 3 or number == services - 1:
            servers.put("/v1/txn", operations)
            operations = []


def register(servers, number, machines, port):
    """Register one instance with another port; its check stays as it is."""
    servers.put("/v1/txn", _operations(number, machines, port)[1:2])


def _operations(number, machines, port):
    node = f"node-{number % machines}"
    address = f"10.0.{number % machines // 250}.{number % machines % 250 + 1}"
    service = {**record(f"svc-{number}", 0, f"svc-{number}"), "Port": port}
    check = {"Node": node, "CheckID": f"c-{number}", "Name": "c", "ServiceID": f"svc-{number}", "Status": "passing"}
    return [
        {"Node": {"Verb": "set", "Node": {"Node": node, "Address": address}}},
        {"Service": {"Verb": "set", "Node": node, "Service": service}},
        {"Check": {"Verb": "set", "Check": check}},
    ]


def vanish(servers, services):
    """Return the seconds until an honest change is seen, `release` has answered and SIGTERM has ended the bridge.

    `services` services of one machine vanish at once a second before.
    """
    register_services(servers, services, 1)
    honest = {"Node": "honest", "Address": "10.1.0.1", "Service": record("honest-1", 1, "honest")}
    servers.put("/v1/catalog/register", honest)
    bridge = servers.start_bridge(name="vanish")
    bridge.wait_for_files(services)
    time.sleep(10)
    servers.put("/v1/catalog/deregister", {"Node": "node-0"})
    time.sleep(1)
    changed = {**honest["Service"], "Port": 7777}
    servers.put("/v1/catalog/register", {**honest, "Service": changed})
    seen = bridge.port_seconds(time.time(), "honest", 7777)
    began = time.monotonic()
    released = subprocess.run(
        [sys.executable, "-m", "vigie", "discovery", "release", "--output", bridge.output],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    answered = time.monotonic() - began
    began = time.monotonic()
    bridge.program.send_signal(signal.SIGTERM)
    bridge.program.wait(120)
    return seen, (answered if released.returncode == 0 else released.stderr.strip()), time.monotonic() - began


def churn(minutes):
    """Return the most targets of a job in the file in `minutes` of virtual time, at the defaults.

    Ten instances are alive, each for a minute, deregistered while passing, beside ninety quiet ones. The real
    discovery reads a model of Consul (`tests/discovery/model`): its clock goes on only while all threads wait.
    """
    simulation = Simulation()
    consul = ConsulModel("dc1")
    run = DiscoveryRun(simulation, Network(simulation, {"": consul, "dc1": consul}), None)
    counts = []
    try:
        for number in range(90):
            _churn_register(consul, f"quiet-{number}", "quiet", number)
        run.start(("dc1",), watch_connections=60)
        simulation.run_for(30)
        for number in range(minutes * 60 * CHURN_ALIVE // CHURN_SECONDS):
            _churn_register(consul, f"batch-{number}", "batch", 100 + number)
            if number >= CHURN_ALIVE:
                gone = number - CHURN_ALIVE
                consul.deregister({"Node": f"m{(100 + gone) % 40}", "ServiceID": f"batch-{gone}"})
            simulation.run_for(CHURN_SECONDS / CHURN_ALIVE)
            counts.append(sum(target.job == "batch" for target in run.targets()))
    finally:
        run.close()
    return max(counts)


def _churn_register(consul, identifier, service, number):
    machine = number % 40
    consul.register(
        {
            "Node": f"m{machine}",
            "Address": f"10.0.0.{machine + 1}",
            "Service": {"ID": identifier, "Service": service, "Port": 20000 + number, "Tags": ["prometheus"]},
            "Checks": [{"CheckID": f"c-{identifier}", "ServiceID": identifier, "Status": "passing"}],
        }
    )
