"""Our exporter beside the real cAdvisor, on a real container daemon with busybox containers; prints a table.

    python tests/bench/bench_containers.py [--containers 3,50] [--scrapes 100] [--idle-window 30] [--python PYTHON]

Needs root. The daemon has its own folder, control group and network. Both are scraped alternately; CPU per scrape is
net of what each spends between scrapes. node_exporter runs beside them, for the memory of the two together.
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

from tests.fixtures.docker import daemon as docker
from vigie.stack.apt import SuiteMissingError
from vigie.stack.servers import find

OURS, CADVISOR, NODE = 19111, 19112, 19113
OWN = re.compile(r"(go|process|promhttp|cadvisor)_.*")


class Target:
    """One exporter, scraped as Prometheus does: gzip, one connection kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.latencies = []

    def scrape(self):
        begin = time.perf_counter()
        self.connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        body = self.connection.getresponse().read()
        self.latencies.append(time.perf_counter() - begin)
        return gzip.decompress(body).decode()


@contextmanager
def running(command, port):
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
        try:
            wait_for(port, process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def wait_for(port, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"{process.args}: does not answer on port {port}")


def commands(daemon, python):
    """Yield (port, command) of ours, cAdvisor, node_exporter."""
    yield OURS, [
        python, "-m", "vigie", "exporter", f"--web.listen-address=127.0.0.1:{OURS}", "--no-register", "--no-cloud",
        f"--docker={daemon.url}", "--collector.containers.disk-usage",
    ]  # fmt: skip
    yield CADVISOR, [
        find("cadvisor").path, f"-docker={daemon.url}", f"-docker_root={daemon.folder}/data", f"-port={CADVISOR}",
        "-listen_ip=127.0.0.1",
    ]  # fmt: skip
    yield NODE, [find("node_exporter").path, f"--web.listen-address=127.0.0.1:{NODE}"]


def of_containers(text, ids):
    """Return the series of these containers and of the machine, and the types of all families."""
    series, types = parse(re.sub(r" \d{13}$", "", text, flags=re.MULTILINE))  # cAdvisor's timestamps
    kept = {}
    for (name, labels), value in series.items():
        group = dict(labels).get("id")
        if not OWN.fullmatch(name) and (group is None or group.rpartition("/")[2] in ids):
            # Ours keeps the labels of compose and swarm, cAdvisor all of them.
            kept[name, frozenset(pair for pair in labels if not pair[0].startswith("container_label_"))] = value
    return kept, types


def coverage(ours, peer, ids):
    mine, my_types = of_containers(ours.scrape(), ids)
    theirs, their_types = of_containers(peer.scrape(), ids)
    families = {name for name, _ in theirs}
    same = {name for name in families if my_types.get(name) == their_types[name]}
    missing = sorted({name for name, labels in theirs.keys() - mine.keys()})
    return (
        len(theirs),
        len(same & {name for name, _ in mine}) / len(families),
        missing,
        len(theirs.keys() & mine.keys()) / len(theirs),
    )


def rest(pids, seconds):
    """Return the CPU share of each process while nobody scrapes."""
    before = [cpu_seconds(pid) for pid in pids]
    time.sleep(seconds)
    return [(cpu_seconds(pid) - start) / seconds for pid, start in zip(pids, before, strict=True)]


def measure(daemon, ids, arguments):
    with ExitStack() as stack:
        pids = [stack.enter_context(running(command, port)) for port, command in commands(daemon, arguments.python)]
        ours, peer, node = Target(OURS), Target(CADVISOR), Target(NODE)
        for _ in range(5):
            ours.scrape(), peer.scrape(), node.scrape()
            time.sleep(1)
        end = time.monotonic() + 60  # both measure layers in the background
        while (covered := coverage(ours, peer, ids))[3] < 0.99 and time.monotonic() < end:
            time.sleep(2)
        idle = rest(pids, arguments.idle_window)
        ours.latencies, peer.latencies = [], []
        spent, began = [0.0, 0.0], time.monotonic()
        before = [cpu_seconds(pid) for pid in pids[:2]]
        for number in range(arguments.scrapes):
            for target in (ours, peer) if number % 2 else (peer, ours):
                target.scrape()
            node.scrape()
        took = time.monotonic() - began
        for place, pid in enumerate(pids[:2]):
            spent[place] = (cpu_seconds(pid) - before[place] - idle[place] * took) / arguments.scrapes
        memory = [private_mib(pid) for pid in pids]
        show(len(ids), covered, spent, (ours.latencies, peer.latencies), memory, idle)


def show(count, covered, spent, latencies, memory, idle):
    series, families, missing, share = covered
    print(f"\n{count} containers, {series} series of cAdvisor: families and types {families:.2%}, series {share:.2%}")
    for name in missing:
        print(f"  missing: {name}")
    rows = [
        ("CPU per scrape net of idle, ms", *(1000 * seconds for seconds in spent)),
        ("latency median, ms", *(1000 * statistics.median(seconds) for seconds in latencies)),
        ("latency p95, ms", *(1000 * percentile(seconds, 0.95) for seconds in latencies)),
        ("CPU between scrapes, % of a core", *(100 * share for share in idle[:2])),
        ("private memory, MiB (theirs with node_exporter)", memory[0], memory[1] + memory[2]),
    ]
    print("| | ours | cAdvisor | ratio |\n|---|---|---|---|")
    for name, mine, theirs in rows:
        print(f"| {name} | {mine:.3f} | {theirs:.3f} | {mine / theirs if theirs else float('nan'):.3f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", default="3,50", help="numbers of containers, growing")
    parser.add_argument("--scrapes", type=int, default=100)
    parser.add_argument("--idle-window", type=float, default=30)
    parser.add_argument("--python", default=sys.executable, help="of the environment whose exporter is measured")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root: a container daemon runs as nobody else")
    try:
        find("cadvisor")
    except SuiteMissingError as error:
        sys.exit(f"there is nothing to compare with: {error}")
    with tempfile.TemporaryDirectory() as folder, docker.running(folder) as daemon:
        ids = set()
        for count in map(int, arguments.containers.split(",")):
            for number in range(len(ids), count):
                quota = {"CpuQuota": 50000, "CpuPeriod": 100000, "Memory": 64 << 20} if number % 2 else {}
                labels = {"com.docker.compose.project": "bench", "com.docker.compose.service": f"web-{number}"}
                ids.add(daemon.start(f"box-{number}", ["sleep", "86400"], labels=labels, **quota))
            measure(daemon, ids, arguments)


if __name__ == "__main__":
    main()
