"""Board *Host*, at a glance: is it well, and what fires."""

from dashboards.host_sections import ALERTS, CORES, HOST
from dashboards.panels.alert_tables import alert_table, to_alerts
from dashboards.panels.board import Section
from dashboards.panels.link import link
from dashboards.panels.panel import NONE_WANTED, About, Number, levels, number, wanted
from dashboards.panels.query import LOCAL_DISK, Query, now, or_zero

CPU_BUSY = f'1 - avg(rate(node_cpu_seconds_total{{{HOST}, mode="idle"}}[$__rate_interval]))'
MEMORY_USED = f"1 - node_memory_MemAvailable_bytes{{{HOST}}} / node_memory_MemTotal_bytes{{{HOST}}}"
DISK = f"{HOST}, {LOCAL_DISK}"
DISK_USED = f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"


def glance() -> list[Section]:
    """Return the big numbers: how full it is, and what there is of what."""
    return [("At a glance", _shares()), ("Counts", _counts())]


def alerts() -> Section:
    """Return what fires on this host."""
    about = About("Alerts", "Alerts of this host that are pending or firing, and since when.", "short")
    return "Alerts", [alert_table(about, ALERTS)]


def _shares() -> list[Number]:
    return [
        number(
            About("System", "Operating system, as /etc/os-release names it.", "string"),
            now(f"node_os_info{{{HOST}}}", "{{pretty_name}}"),
        ),
        number(
            About("CPU busy", "Share of all cores' time that was not idle.", "percentunit"),
            Query(CPU_BUSY),
            levels(0.8, 0.9),
        ),
        number(
            About(
                "Memory used", "Share of memory that can't be had without swapping (by MemAvailable).", "percentunit"
            ),
            Query(MEMORY_USED),
            levels(0.8, 0.92),
        ),
        number(
            About("Fullest disk", "The fullest local file system; the reserve of root counts as used.", "percentunit"),
            Query(f"max({DISK_USED})"),
            levels(0.85, 0.95),
        ),
        number(
            About("Load per core", "Five-minute load over the number of cores: above 1, processes wait.", "none"),
            Query(f"sum(node_load5{{{HOST}}}) / {CORES}"),
            levels(1, 2),
        ),
        number(
            About("Uptime", "Time since the kernel started.", "s"),
            now(f"node_time_seconds{{{HOST}}} - node_boot_time_seconds{{{HOST}}}"),
        ),
        number(
            About(
                "Reachable", "Whether Prometheus reaches the exporter. If not, everything below is old.", "bool_yes_no"
            ),
            now(f"up{{{HOST}}}"),
            wanted(1),
        ),
    ]


def _counts() -> list[Number]:
    failing = f'vigie_collector_state{{{HOST}, state=~"error|timeout"}} == 1'
    return [
        number(
            About("Firing alerts", "Alerts of this host that are firing now.", "short"),
            now(or_zero(f'count(ALERTS{{alertstate="firing", {ALERTS}}})')),
            NONE_WANTED,
            links=[to_alerts("", ("dc",))],
        ),
        number(About("Cores", "Cores that the kernel uses.", "short"), now(CORES)),
        number(About("Memory", "Memory that the kernel has.", "bytes"), now(f"node_memory_MemTotal_bytes{{{HOST}}}")),
        number(
            About("Containers", "Containers that run on this host.", "short"),
            now(or_zero(f'count(container_last_seen{{{HOST}, name!=""}})')),
            links=[link("Containers", "containers", {}, ("dc", "instance"))],
        ),
        number(
            About("OOM kills", "Processes that the kernel killed for memory in the chosen time.", "short"),
            now(f"increase(node_vmstat_oom_kill{{{HOST}}}[$__range])"),
            NONE_WANTED,
        ),
        number(
            About("Clock error", "The most by which the clock may be wrong, as the kernel estimates.", "s"),
            now(f"node_timex_maxerror_seconds{{{HOST}}}"),
            levels(1, 16),
        ),
        number(
            About("Open files", "Share of the files that the system may have open.", "percentunit"),
            now(f"node_filefd_allocated{{{HOST}}} / node_filefd_maximum{{{HOST}}}"),
            levels(0.7, 0.9),
        ),
        number(
            About("Failing collectors", "Collectors of the exporter that fail or take too long.", "short"),
            now(or_zero(f"count({failing})")),
            NONE_WANTED,
        ),
    ]
