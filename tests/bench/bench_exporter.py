"""Our exporter beside the real node_exporter, in one interleaved run at each of several sizes; prints a table.

    python tests/bench/bench_exporter.py [--pairs 3,9,28] [--scrapes 200] [--idle-window 20]

Sizes come from pairs of veth devices in a network namespace of its own (needs root; without it only this machine's own
size is measured). Ours registers with a real Consul agent meanwhile, as it does in service. Both get the same filters.
"""

import argparse
import gzip
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from cost import cpu_seconds, percentile, private_mib
from exposition import parse

from exporter.collectors.filesystem import FS_TYPES_EXCLUDE, MOUNT_POINTS_EXCLUDE
from tests.fixtures.consul_agent import consul_agent
from vigie.stack.servers import find

OWN = re.compile(r"(go|process|promhttp|vigie)_.*|node_exporter_build_info")
# Families that move too fast to be compared, or tell of the exporter itself; their presence still counts.
MOVING = re.compile(
    r"node_scrape_.*|node_time_seconds|node_timex_.*|node_procs_.*|node_entropy_available_bits|node_disk_io_now"
    r"|node_(sockstat|softnet)_.*(mem|inuse|alloc|tw|orphan|backlog).*|node_load.*|node_memory_.*|node_nf_conntrack_.*"
)
OURS, PEER, CONSUL = 19100, 19101, 19102
UNIT_EXCLUDE = r".+\.(automount|device|mount|scope|slice)"  # upstream's; Debian's build adds more


class Target:
    """One exporter, scraped as Prometheus does: gzip, one connection kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.latencies = []

    def scrape(self):
        begin = time.perf_counter()
        self.connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        body = self.connection.getresponse().read()
        self.latencies.append(time.perf_counter() - begin)
        return gzip.decompress(body).decode()


def inside(namespace):
    return ["ip", "netns", "exec", namespace] if namespace else []


@contextmanager
def running(command, port):
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(port, process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port, process):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"{process.args}: does not answer on port {port}")


@contextmanager
def namespace_with(pairs):
    """Make a network namespace with `pairs` of veth devices, its loopback up; remove it in the end."""
    name = f"vigie-bench-{os.getpid()}"
    run = lambda *words: subprocess.run(["ip", *words], check=True)  # noqa: E731 - one line
    run("netns", "add", name)
    try:
        run("-n", name, "link", "set", "lo", "up")
        for number in range(pairs):
            run("-n", name, "link", "add", f"a{number}", "type", "veth", "peer", "name", f"b{number}")
            run("-n", name, "link", "set", f"a{number}", "up")
            run("-n", name, "link", "set", f"b{number}", "up")
        yield name
    finally:
        run("netns", "del", name)


def commands(folder, python):
    """Yield the commands of Consul, ours (run by `python`) and node_exporter."""
    data = Path(folder, "consul")
    yield [
        *consul_agent(), "-dev", "-bind=127.0.0.1", f"-http-port={CONSUL}", "-dns-port=-1",
        "-grpc-port=-1", "-node=bench", f"-data-dir={data}",
    ]  # fmt: skip
    yield [
        python, "-m", "vigie", "exporter", f"--web.listen-address=127.0.0.1:{OURS}", "--host-name=bench",
        f"--consul-url=http://127.0.0.1:{CONSUL}",
    ]  # fmt: skip
    yield [
        str(find("node_exporter").path), f"--web.listen-address=127.0.0.1:{PEER}", "--collector.textfile.directory=",
        f"--collector.filesystem.mount-points-exclude={MOUNT_POINTS_EXCLUDE}",
        f"--collector.filesystem.fs-types-exclude={FS_TYPES_EXCLUDE}",
        f"--collector.systemd.unit-exclude={UNIT_EXCLUDE}",
    ]  # fmt: skip


def compare(ours, peer):
    """Return coverage figures from five readings peer, ours, peer: ours must lie between the peer's in one of them."""
    brackets = [[parse(target.scrape()) for target in (peer, ours, peer)] for _ in range(5)]
    theirs, their_types = brackets[-1][2]
    mine, my_types = brackets[-1][1]
    wanted = {key for key in theirs if not OWN.fullmatch(key[0])}
    present = {key for key in wanted if key in mine}
    compared = {key for key in present if not MOVING.fullmatch(key[0])}
    equal = {key for key in compared if any(between(*(page[0].get(key) for page in bracket)) for bracket in brackets)}
    families = {name for name in their_types if not OWN.fullmatch(name)}
    return {
        "series": len(wanted),
        "families_found": len({name for name in families if my_types.get(name) == their_types[name]}) / len(families),
        "series_found": len(present) / len(wanted),
        "values_equal": len(equal) / len(compared),
        "missing": sorted(name + str(sorted(labels)) for name, labels in wanted - present),
    }


def between(before, value, after, tolerance=0.05):
    if None in {before, value, after}:
        return False
    slack = 2 + tolerance * max(abs(before), abs(after))
    return min(before, after) - slack <= value <= max(before, after) + slack


def measure(arguments):
    """Run both side by side in this namespace; print one line of JSON-like figures."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ports = (CONSUL, OURS, PEER)
        _, our_pid, peer_pid = [
            stack.enter_context(running(command, port))
            for command, port in zip(commands(folder, arguments.python), ports, strict=True)
        ]
        ours, peer = Target(OURS), Target(PEER)
        for _ in range(10):
            ours.scrape(), peer.scrape()
        coverage = compare(ours, peer)
        idle = cpu_seconds(our_pid), cpu_seconds(peer_pid)
        time.sleep(arguments.idle_window)
        idle = [
            (cpu_seconds(pid) - before) / arguments.idle_window
            for pid, before in zip((our_pid, peer_pid), idle, strict=True)
        ]
        before = cpu_seconds(our_pid), cpu_seconds(peer_pid)
        ours.latencies, peer.latencies = [], []
        for number in range(arguments.scrapes):
            for target in (ours, peer) if number % 2 else (peer, ours):
                target.scrape()
        cpu = [
            (cpu_seconds(pid) - start) / arguments.scrapes
            for pid, start in zip((our_pid, peer_pid), before, strict=True)
        ]
        memory = private_mib(our_pid), private_mib(peer_pid)
    show(coverage, cpu, ours.latencies, peer.latencies, memory, idle)


def show(coverage, cpu, our_latencies, peer_latencies, memory, idle):
    medians = statistics.median(our_latencies), statistics.median(peer_latencies)
    slowest = percentile(our_latencies, 0.95), percentile(peer_latencies, 0.95)
    rows = [
        ("CPU per scrape, ms", *(1000 * seconds for seconds in cpu)),
        ("latency median, ms", *(1000 * seconds for seconds in medians)),
        ("latency p95, ms", *(1000 * seconds for seconds in slowest)),
        ("private memory, MiB", *memory),
        ("CPU between scrapes, % of a core", *(100 * share for share in idle)),
    ]
    print(
        f"\n{coverage['series']} series of node_exporter: families and types {coverage['families_found']:.2%},", end=""
    )
    print(f" series {coverage['series_found']:.2%}, values {coverage['values_equal']:.2%}")
    for name in coverage["missing"]:
        print(f"  missing: {name}")
    print("| | ours | node_exporter | ratio |\n|---|---|---|---|")
    for name, mine, theirs in rows:
        print(f"| {name} | {mine:.3f} | {theirs:.3f} | {mine / theirs if theirs else float('nan'):.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", default="3,9,28", help="numbers of pairs of devices")
    parser.add_argument("--scrapes", type=int, default=200)
    parser.add_argument("--idle-window", type=float, default=20)
    parser.add_argument("--python", default=sys.executable, help="of the environment whose exporter is measured")
    parser.add_argument("--here", action="store_true", help="measure in this network namespace only")
    arguments = parser.parse_args()
    if arguments.here or os.geteuid() != 0:
        measure(arguments)
        return
    for name in ("consul", "node_exporter"):
        find(name)  # fetched here: a namespace has no network
    for pairs in map(int, arguments.pairs.split(",")):
        with namespace_with(pairs) as name:
            options = [
                "--here",
                f"--python={arguments.python}",
                f"--scrapes={arguments.scrapes}",
                f"--idle-window={arguments.idle_window}",
            ]
            subprocess.run([*inside(name), sys.executable, __file__, *options], check=True)


if __name__ == "__main__":
    main()
