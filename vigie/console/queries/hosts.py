"""What the lists of hosts ask Prometheus: six questions, however many hosts there are."""

from typing import NamedTuple

from dashboards.panels.query import LOCAL_DISK, WIRED

NODE = 'job="node"'
BY = "dc, instance"
WINDOW = "2m"  # eight scrapes of 15 s, so that a lost one leaves no gap
OF = "vigie_column"  # the label with the column of a sample, since one question asks for all columns


class Column(NamedTuple):
    """A number of each host or container: its heading, unit and PromQL, and its thresholds."""

    title: str
    unit: str
    expression: str
    warning: float | None = None
    critical: float | None = None
    help: str = ""


def _share_of_time(mode: str) -> str:
    return f'avg by ({BY}) (rate(node_cpu_seconds_total{{{NODE}, mode="{mode}"}}[{WINDOW}]))'


CORES = f'count by ({BY}) (node_cpu_seconds_total{{{NODE}, mode="idle"}})'
MEMORY = f"max by ({BY}) (node_memory_MemTotal_bytes{{{NODE}}})"
_DISK = f"{NODE}, {LOCAL_DISK}"
_TRAFFIC = " + ".join(
    f"sum by ({BY}) (rate(node_network_{way}_bytes_total{{{NODE}, {WIRED}}}[{WINDOW}]))"
    for way in ("receive", "transmit")
)

METRICS = {
    "cpu": Column("CPU", "share", f"1 - {_share_of_time('idle')}", 0.8, 0.9, "share of all cores' time not idle"),
    "iowait": Column("I/O wait", "share", _share_of_time("iowait"), 0.1, 0.3, "idle, but waiting for a disk"),
    "load": Column(
        "Load/core", "plain", f"max by ({BY}) (node_load5{{{NODE}}}) / {CORES}", 1, 2, "five-minute load over cores"
    ),
    "memory": Column(
        "Memory",
        "share",
        f"1 - max by ({BY}) (node_memory_MemAvailable_bytes{{{NODE}}}) / {MEMORY}",
        0.8,
        0.9,
        "share that can't be had without swapping",
    ),
    "disk": Column(
        "Fullest disk",
        "share",
        f"max by ({BY}) (1 - node_filesystem_avail_bytes{{{_DISK}}} / node_filesystem_size_bytes{{{_DISK}}})",
        0.85,
        0.95,
        "fill level of the fullest local file system",
    ),
    "network": Column("Network", "bits", f"8 * ({_TRAFFIC})", help="received and sent, all interfaces"),
    "uptime": Column(
        "Up for", "seconds", f"time() - max by ({BY}) (node_boot_time_seconds{{{NODE}}})", help="since it was booted"
    ),
    "cores": Column("Cores", "plain", CORES),
    "size": Column("Memory size", "bytes", MEMORY),
    "containers": Column("Containers", "plain", f'count by ({BY}) (container_last_seen{{{NODE}, name!=""}})'),
}
COLOURS = ("cpu", "iowait", "load", "memory", "disk", "network", "containers")
SIZES = ("cores", "size")
COLUMNS = ("cpu", "iowait", "load", "memory", "disk", "network", "uptime", "containers")


def _label_column(name: str) -> str:
    return f'label_replace({METRICS[name].expression}, "{OF}", "{name}", "", "")'


UP = f"up{{{NODE}}}"
FACTS = f'{{__name__=~"node_os_info|node_uname_info|vigie_build_info|vigie_spot_interruption_imminent", {NODE}}}'
ALERTS = 'ALERTS{alertstate="firing", alertname!="Watchdog"}'
REGISTERED = '{__name__=~"vigie_discovery_target_registered|vigie_discovery_leaving", target_job="node"}'
_RATES = ("cpu", "iowait", "network")
USE = " or ".join(_label_column(name) for name in METRICS if name not in _RATES)
RATES = " or ".join(_label_column(name) for name in _RATES)
QUERIES = {"up": UP, "facts": FACTS, "use": USE, "rates": RATES, "alerts": ALERTS, "registered": REGISTERED}
