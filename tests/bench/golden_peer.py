"""Our page of node_exporter's own fixtures beside its recorded page, and of procfs's fixtures beside a running one.

    python -m tests.bench.golden_peer --node-exporter SOURCE [--procfs SOURCE] [--peer PROGRAM]

SOURCE is a folder with a copy of the peer's repository; nothing of it is kept here. `--peer` is a node_exporter to run
on procfs's tree, by default the one that the tests take. Ends with 1 when a difference has no reason in
`golden_differences.py`, or when the figures are below those that are asked for.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64decode
from pathlib import Path

from exporter.assembly import COLLECTORS, SETTINGS
from exporter.base.calls import Netlink
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.collector_settings import choose_enabled, make_collectors
from exporter.command import exporter
from exporter.kernel import nl80211
from exporter.runner import Runner
from tests.bench.golden_differences import NODE_EXPORTER, PROCFS, compare
from tests.bench.ttar import unpack
from tests.exporter.fixed_calls import qdisc
from tests.exporter.radio_messages import cell, dump_of, radio, station
from vigie.core.settings import load
from vigie.stack.servers import find

# What end-to-end-test.sh of node_exporter switches on and off, and its flags.
COLLECTORS_ON = """
    arp bcache bcachefs bonding btrfs buddyinfo cgroups conntrack cpu cpufreq cpu_vulnerabilities diskstats dmi drbd
    edac entropy fibrechannel filefd hwmon infiniband interrupts ipvs kernel_hung ksmd lnstat loadavg mdadm meminfo
    meminfo_numa mountstats netdev netstat nfs nfsd pcidevice pressure processes qdisc rapl schedstat slabinfo sockstat
    softirqs stat sysctl textfile thermal_zone udp_queues vmstat watchdog wifi xfrm xfs zfs zoneinfo
"""
OFF = ["selinux", "filesystem", "timex", "uname"]
OURS = ["containers", "machine", "processes_top"]
FLAGS = [
    "--collector.cpu.info",
    "--collector.arp.device-exclude=nope",
    "--collector.bcache.priorityStats",
    "--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$",
    "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$",
    "--collector.hwmon.chip-include=(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)",
    "--collector.netclass.ignore-invalid-speed",
    "--collector.netclass.ignored-devices=(dmz|int)",
    "--collector.netdev.device-include=lo",
    "--collector.qdisc.device-include=(wlan0|eth0)",
    "--collector.stat.softirq",
    "--collector.sysctl.include-info=kernel.seccomp.actions_avail",
    "--collector.sysctl.include=fs.file-nr",
    "--collector.sysctl.include=fs.file-nr:total,current,max",
    "--collector.sysctl.include=kernel.threads-max",
    "--no-collector.arp.netlink",
    "--no-collector.netdev.netlink",
]


def read_ours(folder, flags, *given):
    """Return our page of the tree in `folder`: proc, sys, udev/data, and the folder itself as the root."""
    params = exporter.make_context("exporter", list(flags)).params
    settings = load("exporter", SETTINGS, params, {})
    roots = Roots(folder / "proc", folder / "sys", folder, folder / "udev" / "data")
    supplies = Supplies(roots, *given)
    runner = Runner(supplies, make_collectors(supplies, settings, choose_enabled(settings, COLLECTORS)), 60.0)
    try:
        return runner.scrape(list(runner.collectors), 600.0).decode()
    finally:
        runner.close()


def recorded_netlink(fixtures):
    """Return the netlink that answers what the JSON files of node_exporter's tests say of queues and radios."""
    interfaces = json.loads((fixtures / "wifi" / "interfaces.json").read_text())
    radios, cells, stations = [], {}, {}
    for number, interface in enumerate(interfaces, 3):
        name = interface.get("name", "")
        radios.append(radio(number, name.encode(), interface.get("frequency")))
        cell_file, stations_file = (fixtures / "wifi" / name / file for file in ("bss.json", "stationinfo.json"))
        if name and cell_file.is_file():
            found = json.loads(cell_file.read_text())
            cells[number] = [cell(b64decode(found["bssid"]), found["ssid"].encode(), found["status"])]
        if name and stations_file.is_file():
            stations[number] = [make_station(found) for found in json.loads(stations_file.read_text())]
    queues = json.loads((fixtures / "qdisc" / "results.json").read_text())
    indexes = {queue["IfaceName"]: number for number, queue in enumerate(queues, 3)}
    names = {number: name for name, number in indexes.items()}
    radio_dump = dump_of(radios, cells, stations)

    def dump(protocol, kind, request):
        if protocol == nl80211.NETLINK_GENERIC:
            return radio_dump(protocol, kind, request)
        return [make_queue(indexes[queue["IfaceName"]], queue) for queue in queues]

    return Netlink(dump, names.__getitem__)


def make_queue(number, queue):
    values = {name: queue.get(name, 0) for name in ("Qlen", "Backlog", "Drops", "Requeues", "Overlimits")}
    return qdisc(number, 0, queue["Kind"].encode() + b"\0", (queue["Bytes"], queue["Packets"]), values.values())


def make_station(found):
    """Return nl80211's message of a station: durations are in nanoseconds, rates in bits; what is not told is 0."""
    numbers = dict.fromkeys(
        (nl80211.STA_RX_BYTES, nl80211.STA_TX_BYTES, nl80211.STA_RX_PACKETS, nl80211.STA_TX_PACKETS), 0
    )
    for name, (kind, divisor) in {
        "connected": (nl80211.STA_CONNECTED_TIME, 10**9),
        "inactive": (nl80211.STA_INACTIVE_TIME, 10**6),
        "receivebitrate": (nl80211.STA_RX_BITRATE, 100_000),
        "transmitbitrate": (nl80211.STA_TX_BITRATE, 100_000),
        "signal": (nl80211.STA_SIGNAL, 1),
        "transmitretries": (nl80211.STA_TX_RETRIES, 1),
        "transmitfailed": (nl80211.STA_TX_FAILED, 1),
        "beaconloss": (nl80211.STA_BEACON_LOSS, 1),
    }.items():
        numbers[kind] = found[name] // divisor
    return station(b64decode(found["hardwareaddr"]), numbers)


def judge_node_exporter(source, folder):
    """Compare with the page that node_exporter's end-to-end test expects; return whether it is good."""
    fixtures = source / "collector" / "fixtures"
    shutil.copytree(fixtures, folder, symlinks=True, dirs_exist_ok=True)
    for archive in ("sys", "udev"):
        unpack(fixtures / f"{archive}.ttar", folder)
    switches = [f"--collector.{name}" for name in COLLECTORS_ON.split()] + [
        f"--no-collector.{name}" for name in OFF + OURS
    ]
    text_files = f"--collector.textfile.directory={folder}/textfile/two_metric_files/"
    ours = read_ours(folder, [*switches, *FLAGS, text_files], recorded_netlink(fixtures))
    theirs = (fixtures / "e2e-output.txt").read_text().replace("collector/fixtures/", f"{folder}/")
    return compare("node_exporter's fixtures", ours, theirs, NODE_EXPORTER)


def judge_procfs(source, folder, peer):
    """Compare with what a node_exporter says of procfs's tree; return whether it is good."""
    unpack(source / "testdata" / "fixtures.ttar", folder)
    tree = folder / "fixtures"
    is_known = {name for name in COLLECTORS if f"collector.{name}".encode() in Path(peer).read_bytes()}
    live = {"wifi", "qdisc", "network_route", "perf", "ntp", "supervisord", "runit", "logind", "systemd", "ethtool"}
    switches = [f"--collector.{name}" for name in sorted(is_known - live - set(OFF + OURS))]
    flags = [*switches, "--collector.disable-defaults", "--no-collector.arp.netlink", "--no-collector.netdev.netlink"]
    ours = read_ours(tree, flags)
    return compare("procfs's fixtures", ours, run_peer(peer, tree, flags), PROCFS)


def run_peer(peer, tree, flags):
    """Return the page of a node_exporter that runs on the tree."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    paths = [f"--path.procfs={tree}/proc", f"--path.sysfs={tree}/sys", f"--path.rootfs={tree}"]
    own = [f"--web.listen-address=127.0.0.1:{port}", "--web.disable-exporter-metrics", "--log.level=error"]
    with subprocess.Popen([peer, *own, *paths, f"--path.udev.data={tree}/udev", *flags]) as process:
        try:
            for _ in range(100):
                time.sleep(0.1)
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                        return answer.read().decode()
                except urllib.error.URLError:
                    continue
            raise TimeoutError(f"{peer} did not answer")
        finally:
            process.terminate()


def main():
    """Print the figures and the differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--node-exporter", type=Path, required=True, metavar="SOURCE")
    parser.add_argument("--procfs", type=Path, metavar="SOURCE")
    parser.add_argument("--peer", metavar="PROGRAM")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        verdicts = [judge_node_exporter(given.node_exporter, Path(folder, "node_exporter"))]
        if given.procfs:
            peer = given.peer or str(find("node_exporter").path)
            verdicts.append(judge_procfs(given.procfs, Path(folder, "procfs"), peer))
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
