"""Measures `vigie discovery` beside a file renamed by hand (the floor), and prints the figures that it has to keep.

    python tests/bench/bench_discovery.py [--sizes 1000,10000] [--changes 32] [--idle-window 60] [--services 1000]
                                          [--vanishing 10000] [--churn-minutes 60] [--accidents-only]

Real Consul and Prometheus on loopback. What `consul_sd` at 1 s costs (1,715 KiB a change, 5,079 KiB an idle minute at
10,000 instances) was measured once with a Prometheus that has it; Debian's has not. Churn runs in virtual time.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path

import discovery_accidents
from measured import Servers, fleet_group

CONSUL_SD_KIB = {"change": 1715, "minute": 5079}
QUIET_SECONDS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--changes", type=int, default=32)
    parser.add_argument("--idle-window", type=float, default=60)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--vanishing", type=int, default=10000)
    parser.add_argument("--churn-minutes", type=int, default=60)
    parser.add_argument("--accidents-only", action="store_true")
    chosen = parser.parse_args()
    print(f"{'measured':<54}{'must':>16}{'floor':>12}{'is':>12}")
    sizes = [] if chosen.accidents_only else map(int, chosen.sizes.split(","))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
            size_figures(servers, size, chosen)
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        service_figures(servers, chosen.services)
    accident_figures(chosen)


def size_figures(servers, size, chosen):
    """Print the figures of one size of fleet."""
    servers.load(size, services=10)
    bridge = servers.start_bridge()
    bridge.wait_for(size)
    floor = servers.start_prometheus(servers.by_hand)
    write_by_hand(servers, size, {})
    ours = servers.start_prometheus(bridge.output)
    for prometheus in (floor, ours):
        prometheus.wait_for(size)
    idle = idle_kib(bridge, chosen.idle_window)
    changes = run_changes(servers, bridge, floor, ours, size, chosen.changes)
    name = f"N = {size:,}: "
    row(name + "write → file renamed, median, s", {1000: "0.2"}.get(size, "0.4"), "", median(changes["file"]))
    row(
        name + "write → Prometheus shows it, median, s",
        "floor + 0.5",
        median(changes["floor"]),
        median(changes["ours"]),
    )
    row(name + "write → Prometheus shows it, p95, s", "floor + 1", p95(changes["floor"]), p95(changes["ours"]))
    row(name + "KiB from Consul per change", f"{CONSUL_SD_KIB['change'] / 20:.0f}", "", changes["kib"])
    row(name + "KiB from Consul per idle minute", f"{CONSUL_SD_KIB['minute'] / 20:.0f}", "", idle)
    row(name + "CPU of the bridge per change, ms", "30", "", changes["cpu_ms"])
    row(name + "memory of the bridge, MB", "100", "", bridge.resident_mb())


def service_figures(servers, services):
    """Print what a thousand services cost."""
    servers.load(services, services=services)
    bridge = servers.start_bridge()
    bridge.wait_for(services)
    row(f"S = {services:,}: connections to Consul", "150", "", bridge.proxy.connections_max)
    row(f"S = {services:,}: targets present", f"{services}", "", bridge.count())


def accident_figures(chosen):
    """Print what is seen in a crowd, and after thousands vanished."""
    for machines in dict.fromkeys((1, chosen.services // 10, chosen.services)):
        with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
            delays = discovery_accidents.shared_changes(servers, chosen.services, machines, chosen.changes)
        name = f"S = {chosen.services:,} on {machines:,}, shared: "
        row(name + "change → file, median, s", "", "", median(delays))
        row(name + "change → file, p95, s", "2", "", p95(delays))
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        seen, answered, ended = discovery_accidents.vanish(servers, chosen.vanishing)
    name = f"{chosen.vanishing:,} vanish: "
    row(name + "honest change → file, s", "3", "", seen)
    row(name + "release answers, s", "answers", "", answered)
    row(name + "SIGTERM → end, s", "10", "", ended)
    most = discovery_accidents.churn(chosen.churn_minutes)
    row(f"churn of 10, {chosen.churn_minutes} min: most targets in the file", "20", "", most)


def idle_kib(bridge, seconds):
    """Return KiB in both directions per minute while nothing changes."""
    time.sleep(QUIET_SECONDS)
    before = bridge.kib()
    time.sleep(seconds)
    return (bridge.kib() - before) * 60 / seconds


def run_changes(servers, bridge, floor, ours, size, count):
    """Register, fail and deregister instances one after the other; return the seconds until each was to be seen."""
    chance = random.Random(7)
    # What is deregistered while it fails is kept, by contract: only healthy ones go.
    kinds = (("add", 0), ("fail", 0), ("add", 1), ("remove", 1))
    plan = [(kind, 2 * number + which) for number in range(count // len(kinds)) for kind, which in kinds]
    kib, cpu = bridge.kib(), bridge.cpu_seconds()
    delays = {"file": [], "floor": [], "ours": []}
    by_hand = {}
    for kind, number in plan:
        identifier = f"probe-{number}"
        servers.change(kind, identifier)
        at = time.time()
        if kind == "remove":
            by_hand.pop(identifier)
        else:
            by_hand[identifier] = "passing" if kind == "add" else "critical"
        write_by_hand(servers, size, by_hand)
        by_hand_at = time.time()
        expected = by_hand.get(identifier)
        delays["file"].append(bridge.file_seconds(at, identifier, expected))
        waits = {"ours": (ours, at), "floor": (floor, by_hand_at)}
        while waits:
            for name, (prometheus, since) in list(waits.items()):
                if prometheus.health(identifier) == expected:
                    delays[name].append(time.time() - since)
                    del waits[name]
            time.sleep(0.05)
        time.sleep(chance.uniform(2, 7))
    return {
        **delays,
        "kib": (bridge.kib() - kib) / len(plan),
        "cpu_ms": (bridge.cpu_seconds() - cpu) * 1000 / len(plan),
    }


def write_by_hand(servers, size, probes):
    """Put the file of the floor in place: everything, in one rename."""
    groups = [fleet_group(number) for number in range(size)]
    groups += [fleet_group(0, identifier, health) for identifier, health in probes.items()]
    temporary = servers.folder / "by-hand.tmp"
    temporary.write_text(json.dumps(groups))
    temporary.rename(servers.by_hand / "app-all.json")


def median(values):
    return statistics.median(values)


def p95(values):
    return sorted(values)[round(0.95 * (len(values) - 1))]


def row(name, must, floor, value):
    floor, value = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in (floor, value))
    print(f"{name:<54}{must:>16}{floor:>12}{value:>12}", flush=True)


if __name__ == "__main__":
    main()
