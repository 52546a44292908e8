"""Board *Host*, at a glance: how full it is, what there is, what fires."""

from dashboards.panels.alert_table import alert_table, alerts_link
from dashboards.panels.board import Section
from dashboards.panels.link import link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import LOCAL_DISK, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.thresholds import LOAD_COLOURS, MEMORY_COLOURS, NONE_EXPECTED, at_least, thresholds
from dashboards.sections.host import ALERTS, CORES, HOST

CPU_BUSY = f'1 - avg(rate(node_cpu_seconds_total{{{HOST}, mode="idle"}}[$__rate_interval]))'
MEMORY_USED = f"1 - node_memory_MemAvailable_bytes{{{HOST}}} / node_memory_MemTotal_bytes{{{HOST}}}"
DISK = f"{HOST}, {LOCAL_DISK}"
DISK_USED = f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"


def glance() -> list[Section]:
    """Return the stats: how full the host is, and how much it has of what."""
    return [("At a glance", _shares()), ("Counts", _counts())]


def alerts() -> Section:
    """Return what fires on this host."""
    metadata = Metadata("Alerts", "Alerts of this host that are pending or firing, and since when.", "short")
    return "Alerts", [alert_table(metadata, ALERTS)]


def _shares() -> list[Stat]:
    return [
        Stat(
            Metadata("System", "Operating system, as /etc/os-release names it.", "string"),
            instant_query(f"node_os_info{{{HOST}}}", "{{pretty_name}}"),
        ),
        Stat(
            Metadata("CPU busy", "Share of all cores' time that was not idle.", "percentunit"),
            Query(CPU_BUSY),
            thresholds(0.8, 0.9),
        ),
        Stat(
            Metadata(
                "Memory used", "Share of memory that is not available without swapping (MemAvailable).", "percentunit"
            ),
            Query(MEMORY_USED),
            MEMORY_COLOURS,
        ),
        Stat(
            Metadata(
                "Fullest disk",
                "The fullest local file system. The blocks reserved for root count as used.",
                "percentunit",
            ),
            Query(f"max({DISK_USED})"),
            thresholds(0.85, 0.95),
        ),
        Stat(
            Metadata(
                "Load per core",
                "Five-minute load over the number of cores. Above 1, processes wait for a core.",
                "none",
            ),
            Query(f"sum(node_load5{{{HOST}}}) / {CORES}"),
            LOAD_COLOURS,
        ),
        Stat(
            Metadata("Uptime", "Time since the kernel started.", "s"),
            instant_query(f"node_time_seconds{{{HOST}}} - node_boot_time_seconds{{{HOST}}}"),
        ),
        Stat(
            Metadata(
                "Reachable", "Whether Prometheus reaches the exporter. If not, all other values are old.", "bool_yes_no"
            ),
            instant_query(f"up{{{HOST}}}"),
            at_least(1),
        ),
    ]


def _counts() -> list[Stat]:
    failing = f'vigie_collector_state{{{HOST}, state=~"error|timeout"}} == 1'
    return [
        Stat(
            Metadata("Firing alerts", "Alerts of this host that are firing now.", "short"),
            instant_query(or_zero(f'count(ALERTS{{alertstate="firing", {ALERTS}}})')),
            NONE_EXPECTED,
            links=[alerts_link("", ("dc",))],
        ),
        Stat(Metadata("Cores", "Cores that the kernel uses.", "short"), instant_query(CORES)),
        Stat(
            Metadata("Memory", "Memory that the kernel has.", "bytes"),
            instant_query(f"node_memory_MemTotal_bytes{{{HOST}}}"),
        ),
        Stat(
            Metadata("Containers", "Containers that run on this host.", "short"),
            instant_query(or_zero(f'count(container_last_seen{{{HOST}, name!=""}})')),
            links=[link("Containers", "containers", {}, ("dc", "instance"))],
        ),
        Stat(
            Metadata("OOM kills", "Processes that the kernel killed for memory in the selected time range.", "short"),
            instant_query(f"increase(node_vmstat_oom_kill{{{HOST}}}[$__range])"),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Clock error", "Maximum error of the clock, as the kernel estimates it.", "s"),
            instant_query(f"node_timex_maxerror_seconds{{{HOST}}}"),
            thresholds(1, 16),
        ),
        Stat(
            Metadata("Open files", "Open files over the system's limit.", "percentunit"),
            instant_query(f"node_filefd_allocated{{{HOST}}} / node_filefd_maximum{{{HOST}}}"),
            thresholds(0.7, 0.9),
        ),
        Stat(
            Metadata("Failing collectors", "Collectors of the exporter that fail or take too long.", "short"),
            instant_query(or_zero(f"count({failing})")),
            NONE_EXPECTED,
        ),
    ]
