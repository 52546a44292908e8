"""Board *Fleet*, its hosts: the map, the list, and the top ten."""

from dashboards.panels import host_promql
from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, OK, UNKNOWN
from dashboards.panels.link import CELL, host_link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import NODES, RATE, REAL_DISK, instant_query, instant_topk
from dashboards.panels.stat import stat_tiles
from dashboards.panels.table import Column, lengthen, table
from dashboards.panels.thresholds import LOAD_COLOURS, MEMORY_COLOURS, NONE_EXPECTED, Threshold, thresholds
from dashboards.panels.value_mapping import ValueMapping
from dashboards.sections.fleet import ALERTS

STATUS = {1: ValueMapping("up", OK), 0: ValueMapping("down", CRITICAL), -1: ValueMapping("not scraped", UNKNOWN)}
ABOUT_LIST = (
    "One row for each host, also for those not scraped. A click on the name opens it. "
    "The funnel beside a heading looks for names and values."
)


def host_map() -> Section:
    """Return the map of all hosts, coloured by their load."""
    value_mappings = {-1: ValueMapping("down", "dark-red"), -2: ValueMapping("not scraped", UNKNOWN)}
    return "Host map", [
        stat_tiles(
            Metadata(
                "Load of each host",
                "Five-minute load over the number of cores. Above 1, processes wait for a core. "
                "Not scraped: registered in Consul only.",
                "none",
            ),
            instant_query(host_promql.host_map(), "{{instance}} {{dc}}"),
            [Threshold(None, UNKNOWN), Threshold(0, OK), *LOAD_COLOURS[1:]],
            value_mappings,
            [host_link()],
        )
    ]


def host_list() -> Section:
    """Return the list of all hosts, one row for each."""

    def label(name: str, heading: str, expression: str) -> Column:
        by = f"{host_promql.BY}, {name}"
        return Column("", f"max by ({by}) ({expression})", labels={name: heading})

    full, hot = thresholds(0.85, 0.95), thresholds(0.8, 0.9)
    columns = [
        Column("Status", host_promql.status(), value_mappings=STATUS),
        Column("CPU", f"1 - {host_promql.mode_share('idle')}", "percentunit", hot, gauge_max=1),
        Column("Memory", host_promql.MEMORY_USED, "percentunit", MEMORY_COLOURS, gauge_max=1),
        Column(
            "Fullest disk", f"max by ({host_promql.BY}) ({host_promql.DISK_USED})", "percentunit", full, gauge_max=1
        ),
        Column("Load/core", host_promql.LOAD_PER_CORE, "none", LOAD_COLOURS),
        Column("Alerts", _alerts_by_host(), thresholds=NONE_EXPECTED),
        Column("Containers", f'count by ({host_promql.BY}) (container_last_seen{{{NODES}, name!=""}})'),
        Column("Network", host_promql.traffic(), "bps"),
        Column(
            "Up for",
            f"max by ({host_promql.BY}) (node_time_seconds{{{NODES}}} - node_boot_time_seconds{{{NODES}}})",
            "s",
        ),
        Column("I/O wait", host_promql.mode_share("iowait"), "percentunit", thresholds(0.1, 0.3)),
        Column("", host_promql.registered(f"{host_promql.BY}, health"), labels={"health": "Consul health"}),
        label("pretty_name", "System", f"node_os_info{{{NODES}}}"),
        label("release", "Kernel", f"node_uname_info{{{NODES}}}"),
        label("version", "Exporter", f"vigie_build_info{{{NODES}}}"),
        Column(
            "",
            f"max by ({host_promql.BY}, env, team) (up{{{NODES}}})",
            labels={"env": "Environment", "team": "Team"},
        ),
    ]
    metadata = Metadata("All hosts", ABOUT_LIST, "short")
    return "Infrastructure list", [
        lengthen(table(metadata, host_promql.HEADINGS, columns, [host_link(CELL)], "Status", lowest_first=True))
    ]


def _alerts_by_host() -> str:
    firing = f'ALERTS{{alertstate="firing", {ALERTS}, host!=""}}'
    return f'count by ({host_promql.BY}) (label_replace({firing}, "instance", "$1", "host", "(.+)"))'


def top_ten() -> Section:
    """Return the ten hosts that use most of each resource."""
    busy = f"max by ({host_promql.BY}) (rate(node_disk_io_time_seconds_total{{{NODES}, {REAL_DISK}}}[{RATE}]))"
    waiting = f"max by ({host_promql.BY}) (rate(node_pressure_cpu_waiting_seconds_total{{{NODES}}}[{RATE}]))"
    full, hot, links = thresholds(0.85, 0.95), thresholds(0.8, 0.9), [host_link()]
    legend = "{{instance}} {{dc}}"
    return "Top ten", [
        bargauge(
            Metadata("Busiest CPUs", "Share of all cores' time that was not idle.", "percentunit"),
            instant_topk(f"1 - {host_promql.mode_share('idle')}", legend),
            hot,
            links,
        ),
        bargauge(
            Metadata("Fullest memories", "Share of memory that is not available without swapping.", "percentunit"),
            instant_topk(host_promql.MEMORY_USED, legend),
            MEMORY_COLOURS,
            links,
        ),
        bargauge(
            Metadata("Fullest disks", "The fullest local file system of each host.", "percentunit"),
            instant_topk(f"max by ({host_promql.BY}) ({host_promql.DISK_USED})", legend),
            full,
            links,
        ),
        bargauge(
            Metadata("Busiest disks", "Share of time with an operation under way.", "percentunit"),
            instant_topk(busy, legend),
            hot,
            links,
        ),
        bargauge(
            Metadata("Most traffic", "Bits received and sent per second.", "bps"),
            instant_topk(host_promql.traffic(), legend),
            links=links,
        ),
        bargauge(
            Metadata("Most waiting for CPU", "Share of time in which some process waited for a core.", "percentunit"),
            instant_topk(waiting, legend),
            thresholds(0.1, 0.3),
            links,
        ),
    ]
