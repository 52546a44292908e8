"""Measures what a fleet costs the servers: `vigie up --ha` with shipped rules, and simulated hosts that it scrapes.

    python tests/bench/bench_scale.py [--hosts 300] [--series 1000] [--minutes 10]

The hosts are real exporter pages that move at each scrape, each on a loopback address of its own (`simulated.py`), and
known to the real discovery from Consul's catalog; their agents are not simulated. Everything shares this machine, so
the figures hold for one that is otherwise quiet: the last line tells how busy it was with other things.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
from cost import cpu_seconds, private_mib
from measured import free_port, wait
from simulated import address, trimmed

from vigie.stack import proof, state
from vigie.stack.layout import Layout
from vigie.stack.servers import find
from vigie.stack.settings import Settings

INTERVAL_SECONDS = 15
SETTLING_SECONDS = 60
ANSWER_SECONDS = 120  # a busy machine may be slow to add everything up
EXTRAS = ("--collector.zoneinfo", "--collector.softirqs", "--collector.interrupts", "--collector.slabinfo")
VIGIE = (sys.executable, "-m", "vigie")
TARGETS = 'up{job="node",instance=~"host-.*"}'
FLEET = "the simulated hosts"
TRANSACTION_ROWS = 30  # Consul takes 64 operations in one


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=300)
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--port-offset", type=int, default=20000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(
            Settings(ha=True, port_offset=chosen.port_offset), Path(folder) / "stack", {}, os.uname().nodename
        )
        environment = {
            **os.environ,
            "VIGIE_UP_DIR": str(layout.folder),
            "VIGIE_UP_PORT_OFFSET": str(chosen.port_offset),
            "VIGIE_UP_SCRAPE_INTERVAL": str(INTERVAL_SECONDS),
        }
        subprocess.run([*VIGIE, "up", "--ha", "--detach"], env=environment, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        fleet = start_fleet(Path(folder), chosen, port)
        try:
            register(layout, chosen.hosts, port)
            measure(layout, chosen, fleet.pid)
        finally:
            fleet.terminate()
            fleet.wait()
            subprocess.run([*VIGIE, "down"], env=environment, check=True, stdout=subprocess.DEVNULL)
        print_disk(layout, Path(folder))


def start_fleet(folder, chosen, port):
    """Start the simulated hosts with the page of a real exporter."""
    (folder / "page").write_text(trimmed(real_page(), chosen.series))
    command = [sys.executable, Path(__file__).with_name("simulated.py"), folder / "page", str(chosen.hosts), str(port)]
    return subprocess.Popen([str(part) for part in command])


def real_page():
    """Return what a real exporter tells of this machine, with the collectors that are off by default."""
    where = f"127.0.0.1:{free_port()}"
    flags = ("--web.listen-address", where, "--no-register", "--no-cloud", "--no-collector.containers", *EXTRAS)
    with subprocess.Popen([*VIGIE, "exporter", *flags], stderr=subprocess.DEVNULL) as exporter:
        wait(lambda: proof.answers(f"http://{where}/-/healthy"))
        page = requests.get(f"http://{where}/metrics", timeout=10).text
        exporter.terminate()
    return page


def register(layout, hosts, port):
    """Write the hosts into the catalog, as their agents would."""
    rows = []
    for number in range(hosts):
        name, where = f"host-{number:05}", address(number)
        service = {"ID": "vigie-exporter", "Service": "vigie-exporter", "Port": port, "Tags": ["prometheus"]}
        rows += [
            {"Node": {"Verb": "set", "Node": {"Node": name, "Address": where}}},
            {"Service": {"Verb": "set", "Node": name, "Service": service}},
        ]
    for start in range(0, len(rows), 2 * TRANSACTION_ROWS):
        requests.put(
            layout.url("consul") + "/v1/txn", json=rows[start : start + 2 * TRANSACTION_ROWS], timeout=60
        ).raise_for_status()


def measure(layout, chosen, fleet_pid):
    """Print the figures of a window of so many minutes, once every host is scraped by both."""
    both = layout.members("prometheus")
    for name in both:
        wait(lambda name=name: value(layout, name, f"count({TARGETS} == 1)") == chosen.hosts)
    time.sleep(SETTLING_SECONDS)
    programs = state.read(layout.folder).programs
    pids = {**{program.name: program.pid for program in programs}, FLEET: fleet_pid}
    before, started, busy = {name: cpu_seconds(pid) for name, pid in pids.items()}, time.time(), machine_seconds()
    scrapes = round(chosen.minutes * 60 / INTERVAL_SECONDS)
    time.sleep(scrapes * INTERVAL_SECONDS)
    window, elapsed = f"{scrapes * INTERVAL_SECONDS}s", time.time() - started
    cpu = {name: (cpu_seconds(pid) - before[name]) / elapsed for name, pid in pids.items()}
    others = (machine_seconds() - busy) / elapsed - sum(cpu.values())
    for name in both:
        print_scrapes(layout, name, window, f"{scrapes * chosen.hosts}")
    each = 'avg(scrape_samples_scraped{job="node",instance=~"host-.*"})'
    row("series of one host", f"{chosen.series}", f"{value(layout, 'prometheus', each):.0f}")
    for name, share in cpu.items():
        if share >= 0.001:
            row(
                f"{name}: CPU, of one core; private memory",
                "",
                f"{100 * share:.1f} %; {private_mib(pids[name]):.0f} MiB",
            )
    pair = sum(cpu[name] for name in both) * 1000 / len(both) / chosen.hosts
    row("one Prometheus: CPU of one host", "", f"{pair:.2f} ms/s")
    print_store(layout)
    row("the whole stack: CPU, of two cores", "200 %", f"{100 * (sum(cpu.values()) - cpu[FLEET]):.0f} %")
    row("other work on this machine meanwhile, of one core", "", f"{100 * others:.0f} %")


def print_scrapes(layout, name, window, due):
    """Print whether a Prometheus scraped all that was due in the window, and handed all of it on."""
    answered = value(layout, name, f"sum(sum_over_time({TARGETS}[{window}]))")
    row(f"{name}: scrapes that gave samples, of those due", "all", f"{answered:.0f} / {due}")
    row(f"{name}: series", "", f"{value(layout, name, own(layout, name, 'prometheus_tsdb_head_series')):,.0f}")
    appended = own(layout, name, "prometheus_tsdb_head_samples_appended_total")
    rate = value(layout, name, f"sum(rate({appended}[{window}]))")
    row(f"{name}: samples a second, recording rules among them", "", f"{rate:,.0f}")
    counters = (own(layout, name, f"prometheus_remote_storage_samples_{kind}_total") for kind in ("failed", "dropped"))
    lost = sum(value(layout, name, f"sum(increase({counter}[{window}]))") for counter in counters)
    row(f"{name}: samples that the long-term store did not get", "0", f"{lost:.0f}")


def own(layout, name, metric):
    """Return the selector of a Prometheus's own metric."""
    return f'{metric}{{job="prometheus",instance="{layout.address(name)}"}}'


def value(layout, name, expression):
    """Return the only value of an expression, 0 where it has none; a server that does not answer ends the run."""
    url = layout.url(name) + "/api/v1/query"
    answer = requests.post(url, data={"query": expression}, timeout=ANSWER_SECONDS)
    answer.raise_for_status()
    rows = answer.json()["data"]["result"]
    return float(rows[0]["value"][1]) if rows else 0.0


def machine_seconds():
    """Return the CPU time that this machine has used, whoever it was (/proc/stat, without idle time)."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def print_store(layout):
    """Print what the long-term store needs on disk for a sample, by its own count."""
    page = requests.get(layout.url("victoria-metrics") + "/metrics", timeout=10).text
    size, rows = (
        sum(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(f'{name}{{type="storage/'))
        for name in ("vm_data_size_bytes", "vm_rows")
    )
    row("long-term store: bytes a sample, of those that it keeps", "", f"{size / rows:.2f} of {rows:,.0f}")


def print_disk(layout, folder):
    """Print what a sample needs on disk: the head written as a block by a Prometheus that only reads it.

    Its start tells, besides, how long one is away that reads everything from the log: at most three hours of samples.
    """
    data, where = layout.folder / "prometheus" / "data", f"127.0.0.1:{free_port()}"
    (folder / "empty.yml").touch()
    command = [find("prometheus").path, f"--config.file={folder}/empty.yml", f"--storage.tsdb.path={data}"]
    flags = [f"--web.listen-address={where}", "--web.enable-admin-api", "--log.level=error"]
    began = time.monotonic()
    with subprocess.Popen([*map(str, command), *flags]) as prometheus:
        wait(lambda: proof.answers(f"http://{where}/-/ready"))
        row(
            "prometheus: ready again, all samples still in its write-ahead log", "", f"{time.monotonic() - began:.1f} s"
        )
        requests.post(f"http://{where}/api/v1/admin/tsdb/snapshot", timeout=300).raise_for_status()
        prometheus.terminate()
    blocks = list((data / "snapshots").glob("*/*/meta.json"))
    samples = sum(json.loads(block.read_text())["stats"]["numSamples"] for block in blocks)
    chunks = sum(file.stat().st_size for block in blocks for file in (block.parent / "chunks").iterdir())
    index = sum((block.parent / "index").stat().st_size for block in blocks)
    row(
        f"prometheus: bytes a sample, of {samples:,} (and of its index)",
        "",
        f"{chunks / samples:.2f} ({index / samples:.2f})",
    )


def row(name, must, seen):
    print(f"{name:<64}{must:>8}{seen:>24}", flush=True)


if __name__ == "__main__":
    main()
