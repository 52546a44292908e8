"""Our collectors against the real node_exporter, on the same fixture tree."""

import re
import urllib.request
from pathlib import Path

import pytest

from exporter.registry import find_collectors
from tests.exporter.fixed_options import OPTIONS
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parent.parent
TREE = ROOT / "fixtures" / "host"
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

# Families that we mean to differ in, each with the reason.
DECLARED = {
    r"(container|machine)_.*": "cAdvisor's families",
    r"node_bcache_btree_read_average_duration_seconds": "microseconds, which node_exporter takes for nanoseconds",
    r"node_cpu_frequency_avg_hertz": "came with node_exporter 1.12",
    r"node_disk_info": "node_exporter 1.11 says rotational=0 of every disk; fixed upstream later",
    r"node_edac_channel_.*": "came with node_exporter 1.12",
    r"node_dmmultipath_.*|node_nvmesubsystem_.*": "came with node_exporter 1.12; golden_peer compares them",
    r"node_drbd_network_received_bytes_total": "node_exporter takes KiB for bytes",
    r"node_ethtool_.*|node_network_(supported|advertised|autonegotiate|pause|asymmetricpause).*": "devices' drivers",
    r"node_exporter_build_info": "its own version",
    r"node_filesystem_.*": "sizes are those of the test machine's disk",
    r"node_filesystem_readonly": "node_exporter 1.11 overlooks read-only mounts of a writable device; 1.12 sees them",
    r"node_infiniband_lifespan_seconds": "node_exporter drops the fraction, and with it the default of 10 ms",
    r"node_ksmd_general_profit_bytes": "came with node_exporter 1.12",
    r"node_memory_KReclaimable_bytes": "node_exporter knows a fixed list of fields; we show all that the kernel has",
    r"node_nfs_requests_total": "node_exporter takes the counts of LayoutGet and GetDeviceInfo for each other's",
    r"node_nvme_namespace_(capacity|size)_bytes": "node_exporter takes sectors of 512 bytes for blocks of any size",
    r"node_rapl_.*_joules_total": "the label path is the zone's on the host, wherever its /sys is mounted for us",
    r"node_mountstats_nfs_mountpoint_info": "came with node_exporter 1.12",
    r"node_network_route.*|node_qdisc_.*": "the kernel of the test machine; test_parity_live.py compares them",
    r"node_perf_.*|node_supervisord_.*|node_wifi_.*": "calls to a kernel and a server; golden_peer compares wifi's",
    r"node_service_normal_state": "node_exporter looks for the file `down` in another folder than runsv",
    r"node_swap_.*": "node_exporter shows octal numbers for blanks in names",
    r"node_logind_.*": "node_exporter asks the bus of the test machine",
    r"node_ntp_.*": "asks a server; test_parity_ntp.py compares them",
    r"node_scrape_collector_.*": "durations",
    r"node_selinux_.*": "node_exporter asks the running system by other ways than --path.sysfs",
    r"node_systemd_.*": "test_systemd.py compares these, where a systemd runs",
    r"node_tcp_connection_states": "node_exporter asks the kernel of the test machine",
    r"node_time_seconds": "the clock",
    r"node_timex_.*": "a system call, of the test machine",
    r"node_uname_info": "a system call, of the test machine",
    r"DCGM_FI_.*": "DCGM exporter's families",
    r"amd_gpu_.*": "those of AMD's device-metrics-exporter",
    r"apt_.*|node_reboot_required": "those of node-exporter-textfile-collector-scripts",
    r"ipmi_.*": "ipmi_exporter's families",
    r"smartctl_.*": "smartctl_exporter's families",
    r"systemd_unit_.*": "systemd_exporter's families",
    r"vigie_.*": "our own",
}
# Collectors that node_exporter does not have.
OURS = {"amdgpu", "containers", "ipmi", "machine", "nvidia", "packages", "processes_top", "smart", "systemd_units"}
SINCE_1_12 = {"dmmultipath", "nvmesubsystem"}
# What the peer is asked by calls and not by files, so that it could not even start or would tell of this machine.
BY_CALLS = {"perf", "supervisord", "wifi"}
FLAGS = [
    "--no-collector.arp.netlink",
    "--no-collector.netdev.netlink",
    f"--collector.runit.servicedir={TREE}/root/etc/service",
    *(f"--collector.sysctl.include={text}" for text in OPTIONS["sysctl"]["include"]),
    *(f"--collector.sysctl.include-info={text}" for text in OPTIONS["sysctl"]["include_info"]),
    "--collector.textfile.directory=",
    "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|var/lib/docker/.+)($|/)",
]


def parse(text):
    """Return {(name, frozenset of labels): value} and {name: type}; an empty label is an absent one."""
    series, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            types[name] = kind
        elif line and not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            pairs = frozenset((key, value) for key, value in LABEL.findall(labels or "") if value)
            series[name, pairs] = float(value)
    return series, types


@pytest.fixture
def peer(start_program):
    switches = [f"--collector.{name}" for name in find_collectors() if name not in OURS | SINCE_1_12 | BY_CALLS]
    paths = [f"--path.procfs={TREE}/proc", f"--path.sysfs={TREE}/sys", f"--path.rootfs={TREE}/root"]
    running = start_program(
        [
            find("node_exporter").path,
            "--web.listen-address=127.0.0.1:{port}",
            "--web.disable-exporter-metrics",
            "--collector.disable-defaults",
            *switches,
            *paths,
            f"--path.udev.data={TREE}/udev",
            *FLAGS,
        ],
        "/metrics",
    )
    with urllib.request.urlopen(running.url + "/metrics", timeout=10) as answer:
        return parse(answer.read().decode())


def is_declared(name):
    return any(re.fullmatch(pattern, name) for pattern in DECLARED)


def test_goldens_say_what_node_exporter_says(peer):
    theirs, their_types = peer
    ours, our_types = parse("".join(path.read_text() for path in sorted((ROOT / "golden").glob("*.prom"))))
    compared = {key: value for key, value in theirs.items() if not is_declared(key[0])}
    assert len(compared) > 200
    assert {key: ours.get(key) for key in compared} == pytest.approx(compared, rel=1e-12)
    assert {name for name, _ in ours if not is_declared(name)} == {name for name, _ in compared}
    common = set(our_types) & set(their_types)
    assert {name: our_types[name] for name in common} == {name: their_types[name] for name in common}


def test_mounts_are_the_same(peer):
    def mounts(series):
        readonly = [dict(labels) for name, labels in series if name == "node_filesystem_readonly"]
        return {(labels["device"], labels["mountpoint"], labels["fstype"]) for labels in readonly}

    ours, _ = parse((ROOT / "golden" / "filesystem.prom").read_text())
    assert mounts(ours) == mounts(peer[0])
