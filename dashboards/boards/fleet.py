"""Board *Fleet*: every host on one page, silent ones included, and where room runs out."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import host_promql
from dashboards.panels.alert_table import alert_table, alerts_link
from dashboards.panels.annotation import alert_annotation, reboot_annotation
from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, UNKNOWN, WARNING
from dashboards.panels.link import CELL, host_link, link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import CHOSEN, NODES, RATE, REAL_DISK, Query, instant_query, instant_topk, or_zero
from dashboards.panels.stat import Stat, stat_tiles
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, Threshold, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.value_mapping import ValueMapping
from dashboards.panels.variable import fleet_variables
from dashboards.sections.host.disk import FEW_DAYS, days_to_full

FLEET = ("dc", "env", "team")  # what links to other boards of a fleet carry along
ALERTS = f'alertname!="Watchdog", {CHOSEN}'
NEVER = {3650: ValueMapping("never", OK)}  # the most that `days_to_full` says
STATUS = {1: ValueMapping("up", OK), 0: ValueMapping("down", CRITICAL), -1: ValueMapping("silent", UNKNOWN)}


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Fleet",
        "All hosts: which are well, which cost most, what will be full. A click on a host opens it.",
        fleet_variables(),
        [_stats(), _map(), _hosts(), _top(), _capacity(), _days_to_full(), _alerts()],
        [alert_annotation(ALERTS), reboot_annotation(NODES)],
    )


def _stats() -> Section:
    def firing(severity: str) -> str:
        return or_zero(f'count(ALERTS{{alertstate="firing", severity="{severity}", {ALERTS}}})')

    return "Now", [
        Stat(
            Metadata("Hosts up", "Hosts that answer.", "short"), instant_query(or_zero(f"count({host_promql.UP} == 1)"))
        ),
        Stat(
            Metadata("Hosts down", "Hosts that Prometheus scrapes and that don't answer.", "short"),
            instant_query(or_zero(f"count({host_promql.UP} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata(
                "Hosts silent",
                "Hosts that Consul has and Prometheus does not scrape at all, whatever their environment and team.",
                "short",
            ),
            instant_query(or_zero(f"count({host_promql.not_scraped()})")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Hosts leaving", "Hosts that have announced their leaving.", "short"),
            instant_query(or_zero('count(vigie_discovery_leaving{target_job="node", target_dc=~"$dc"} == 1)')),
        ),
        Stat(
            Metadata("Spot notices", "Hosts that the cloud is about to take away.", "short"),
            instant_query(or_zero(f"count(vigie_spot_interruption_imminent{{{NODES}}} == 1)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Critical", "Alerts that page, firing now.", "short"),
            instant_query(firing("critical")),
            NONE_EXPECTED,
            links=[alerts_link("", FLEET)],
        ),
        Stat(
            Metadata("Warnings", "Alerts that can wait for the morning, firing now.", "short"),
            instant_query(firing("warning")),
            [Threshold(None, OK), Threshold(1, WARNING)],
            links=[alerts_link("", FLEET)],
        ),
        Stat(
            Metadata("Containers", "Containers that run on these hosts.", "short"),
            instant_query(or_zero(f'count(container_last_seen{{{NODES}, name!=""}})')),
            links=[link("Containers", "containers", {}, FLEET)],
        ),
    ]


def _map() -> Section:
    value_mappings = {-1: ValueMapping("down", "dark-red"), -2: ValueMapping("silent", UNKNOWN)}
    return "Host map", [
        stat_tiles(
            Metadata(
                "Load of each host",
                "Five-minute load over the number of cores. Above 1, processes wait for a core. "
                "Silent: registered in Consul, not scraped.",
                "none",
            ),
            instant_query(host_promql.host_map(), "{{instance}} {{dc}}"),
            [Threshold(None, UNKNOWN), Threshold(0, OK), Threshold(0.7, WARNING), Threshold(1, CRITICAL)],
            value_mappings,
            [host_link()],
        )
    ]


def _hosts() -> Section:
    def label(name: str, heading: str, expression: str) -> Column:
        by = f"{host_promql.BY}, {name}"
        return Column("", f"max by ({by}) ({expression})", labels={name: heading})

    full, hot = thresholds(0.85, 0.95), thresholds(0.8, 0.9)
    columns = [
        Column("Status", host_promql.status(), value_mappings=STATUS),
        Column("CPU", f"1 - {host_promql.mode_share('idle')}", "percentunit", hot, gauge_max=1),
        Column("Memory", host_promql.MEMORY_USED, "percentunit", hot, gauge_max=1),
        Column(
            "Fullest disk", f"max by ({host_promql.BY}) ({host_promql.DISK_USED})", "percentunit", full, gauge_max=1
        ),
        Column("Load/core", host_promql.LOAD_PER_CORE, "none", thresholds(1, 2)),
        Column("Alerts", _alerts_by_host(), thresholds=NONE_EXPECTED),
        Column("Containers", f'count by ({host_promql.BY}) (container_last_seen{{{NODES}, name!=""}})'),
        Column("Network", host_promql.traffic(), "bps"),
        Column(
            "Up for",
            f"max by ({host_promql.BY}) (node_time_seconds{{{NODES}}} - node_boot_time_seconds{{{NODES}}})",
            "s",
        ),
        Column("I/O wait", host_promql.mode_share("iowait"), "percentunit", thresholds(0.1, 0.3)),
        Column("", host_promql.registered(f"{host_promql.BY}, health"), labels={"health": "Consul says"}),
        label("pretty_name", "System", f"node_os_info{{{NODES}}}"),
        label("release", "Kernel", f"node_uname_info{{{NODES}}}"),
        label("version", "Exporter", f"vigie_build_info{{{NODES}}}"),
        Column(
            "",
            f"max by ({host_promql.BY}, env, team) (up{{{NODES}}})",
            labels={"env": "Environment", "team": "Team"},
        ),
    ]
    metadata = Metadata(
        "All hosts", "One row for each host, silent ones included; a click on the name opens it.", "short"
    )
    return "Infrastructure list", [
        table(metadata, host_promql.HEADINGS, columns, [host_link(CELL)], "Status", lowest_first=True)
    ]


def _alerts_by_host() -> str:
    firing = f'ALERTS{{alertstate="firing", {ALERTS}, host!=""}}'
    return f'count by ({host_promql.BY}) (label_replace({firing}, "instance", "$1", "host", "(.+)"))'


def _top() -> Section:
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
            Metadata("Fullest memories", "Share that can't be had without swapping.", "percentunit"),
            instant_topk(host_promql.MEMORY_USED, legend),
            hot,
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


def _capacity() -> Section:
    disks = "dc, instance, device"

    def total(name: str) -> str:
        return f"sum(max by ({disks}) (node_filesystem_{name}_bytes{{{host_promql.DISK}}}))"

    memory = f"sum(node_memory_MemTotal_bytes{{{NODES}}})"
    have, used = {"there is": OK, "used": NEUTRAL}, "used"
    return "Capacity", [
        timeseries(
            Metadata("Hosts over time", "Hosts that answer and that don't.", "short"),
            [
                Query(or_zero(f"count({host_promql.UP} == 1)"), "up"),
                Query(or_zero(f"count({host_promql.UP} == 0)"), "down"),
            ],
            {"up": OK, "down": CRITICAL},
            stacked=True,
        ),
        timeseries(
            Metadata("Cores", "Cores of all hosts, and how many of them worked.", "short"),
            [
                Query(f'sum(rate(node_cpu_seconds_total{{{NODES}, mode!="idle"}}[{RATE}]))', used),
                Query(f"sum({host_promql.CORES})", "there is"),
            ],
            have,
        ),
        timeseries(
            Metadata("Memory", "Memory of all hosts, and what of it can't be had without swapping.", "bytes"),
            [
                Query(f"{memory} - sum(node_memory_MemAvailable_bytes{{{NODES}}})", used),
                Query(memory, "there is"),
            ],
            have,
        ),
        timeseries(
            Metadata("Local disks", "Local file systems of all hosts, each device counted once.", "bytes"),
            [Query(f"{total('size')} - {total('avail')}", used), Query(total("size"), "there is")],
            have,
        ),
    ]


def _days_to_full() -> Section:
    metadata = Metadata(
        "Days to full",
        "File systems by when they are full at their pace of the last six hours; never is ten years.",
        "short",
    )
    by = host_promql.DISK_BY
    available = f"node_filesystem_avail_bytes{{{host_promql.DISK}}}"
    columns = [
        Column("Days", days_to_full(host_promql.DISK, by), "short", FEW_DAYS, NEVER),
        Column("Used", f"max by ({by}) ({host_promql.DISK_USED})", "percentunit", thresholds(0.85, 0.95), gauge_max=1),
        Column("Available", f"min by ({by}) ({available})", "bytes"),
        Column(
            "Growth per day",
            f"-86400 * max by ({by}) (deriv({available}[6h]) and {available})",
            "bytes",
        ),
    ]
    keys = {**host_promql.HEADINGS, "mountpoint": "Mounted"}
    return "What will be full", [table(metadata, keys, columns, [host_link(CELL)], "Days", lowest_first=True)]


def _alerts() -> Section:
    return "Alerts", [alert_table(Metadata("Alerts of the fleet", "Pending and firing.", "short"), ALERTS)]
