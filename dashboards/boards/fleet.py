"""Board *Fleet*: every host on one page, silent ones included, and where room runs out."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.host_sections.disk import FEW_DAYS, days_to_full
from dashboards.panels import fleet_queries as fleet
from dashboards.panels.alert_tables import alert_table, to_alerts
from dashboards.panels.annotation import alerts, reboots
from dashboards.panels.board import Section, board, fleet_choices
from dashboards.panels.link import CELL, link, to_host
from dashboards.panels.panel import (
    BAD,
    GOOD,
    NEUTRAL,
    NONE_WANTED,
    UNKNOWN,
    WARNING,
    About,
    Level,
    Word,
    bars,
    levels,
    lines,
    number,
    tiles,
)
from dashboards.panels.query import CHOSEN, NODES, RATE, REAL_DISK, Query, now, or_zero
from dashboards.panels.table import Column, table

FLEET = ("dc", "env", "team")  # what links to other boards of a fleet carry along
ALERTS = f'alertname!="Watchdog", {CHOSEN}'
NEVER = {3650: Word("never", GOOD)}  # the most that `days_to_full` says
STATUS = {1: Word("up", GOOD), 0: Word("down", BAD), -1: Word("silent", UNKNOWN)}


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Fleet",
        "All hosts: which are well, which cost most, what will be full. A click on a host opens it.",
        fleet_choices(),
        [_numbers(), _map(), _hosts(), _top(), _capacity(), _days_to_full(), _alerts()],
        [alerts(ALERTS), reboots(NODES)],
    )


def _numbers() -> Section:
    def firing(severity: str) -> str:
        return or_zero(f'count(ALERTS{{alertstate="firing", severity="{severity}", {ALERTS}}})')

    return "Now", [
        number(About("Hosts up", "Hosts that answer.", "short"), now(or_zero(f"count({fleet.UP} == 1)"))),
        number(
            About("Hosts down", "Hosts that Prometheus scrapes and that don't answer.", "short"),
            now(or_zero(f"count({fleet.UP} == 0)")),
            NONE_WANTED,
        ),
        number(
            About(
                "Hosts silent",
                "Hosts that Consul has and Prometheus does not scrape at all, whatever their environment and team.",
                "short",
            ),
            now(or_zero(f"count({fleet.silent()})")),
            NONE_WANTED,
        ),
        number(
            About("Hosts leaving", "Hosts that have announced their leaving.", "short"),
            now(or_zero('count(vigie_discovery_leaving{target_job="node", target_dc=~"$dc"} == 1)')),
        ),
        number(
            About("Spot notices", "Hosts that the cloud is about to take away.", "short"),
            now(or_zero(f"count(vigie_spot_interruption_imminent{{{NODES}}} == 1)")),
            NONE_WANTED,
        ),
        number(
            About("Critical", "Alerts that page, firing now.", "short"),
            now(firing("critical")),
            NONE_WANTED,
            links=[to_alerts("", FLEET)],
        ),
        number(
            About("Warnings", "Alerts that can wait for the morning, firing now.", "short"),
            now(firing("warning")),
            [Level(None, GOOD), Level(1, WARNING)],
            links=[to_alerts("", FLEET)],
        ),
        number(
            About("Containers", "Containers that run on these hosts.", "short"),
            now(or_zero(f'count(container_last_seen{{{NODES}, name!=""}})')),
            links=[link("Containers", "containers", {}, FLEET)],
        ),
    ]


def _map() -> Section:
    words = {-1: Word("down", "dark-red"), -2: Word("silent", UNKNOWN)}
    return "Host map", [
        tiles(
            About(
                "Load of each host",
                "Five-minute load over the number of cores. Above 1, processes wait for a core. "
                "Silent: registered in Consul, not scraped.",
                "none",
            ),
            now(fleet.host_map(), "{{instance}} {{dc}}"),
            [Level(None, UNKNOWN), Level(0, GOOD), Level(0.7, WARNING), Level(1, BAD)],
            words,
            [to_host()],
        )
    ]


def _hosts() -> Section:
    def label(name: str, heading: str, expression: str) -> Column:
        by = f"{fleet.BY}, {name}"
        return Column("", f"max by ({by}) ({expression})", labels={name: heading})

    full, hot = levels(0.85, 0.95), levels(0.8, 0.9)
    columns = [
        Column("Status", fleet.status(), words=STATUS),
        Column("CPU", f"1 - {fleet.mode_share('idle')}", "percentunit", hot, bar_up_to=1),
        Column("Memory", fleet.MEMORY_USED, "percentunit", hot, bar_up_to=1),
        Column("Fullest disk", f"max by ({fleet.BY}) ({fleet.DISK_USED})", "percentunit", full, bar_up_to=1),
        Column("Load/core", fleet.LOAD_PER_CORE, "none", levels(1, 2)),
        Column("Alerts", _alerts_by_host(), steps=NONE_WANTED),
        Column("Containers", f'count by ({fleet.BY}) (container_last_seen{{{NODES}, name!=""}})'),
        Column("Network", fleet.traffic(), "bps"),
        Column(
            "Up for",
            f"max by ({fleet.BY}) (node_time_seconds{{{NODES}}} - node_boot_time_seconds{{{NODES}}})",
            "s",
        ),
        Column("I/O wait", fleet.mode_share("iowait"), "percentunit", levels(0.1, 0.3)),
        Column("", fleet.registered(f"{fleet.BY}, health"), labels={"health": "Consul says"}),
        label("pretty_name", "System", f"node_os_info{{{NODES}}}"),
        label("release", "Kernel", f"node_uname_info{{{NODES}}}"),
        label("version", "Exporter", f"vigie_build_info{{{NODES}}}"),
        Column(
            "",
            f"max by ({fleet.BY}, env, team) (up{{{NODES}}})",
            labels={"env": "Environment", "team": "Team"},
        ),
    ]
    about = About("All hosts", "One row for each host, silent ones included; a click on the name opens it.", "short")
    return "Infrastructure list", [table(about, fleet.HEADINGS, columns, [to_host(CELL)], "Status", lowest_first=True)]


def _alerts_by_host() -> str:
    firing = f'ALERTS{{alertstate="firing", {ALERTS}, host!=""}}'
    return f'count by ({fleet.BY}) (label_replace({firing}, "instance", "$1", "host", "(.+)"))'


def _top() -> Section:
    def ten(expression: str) -> Query:
        return now(f"topk(10, {expression})", "{{instance}} {{dc}}")

    busy = f"max by ({fleet.BY}) (rate(node_disk_io_time_seconds_total{{{NODES}, {REAL_DISK}}}[{RATE}]))"
    waiting = f"max by ({fleet.BY}) (rate(node_pressure_cpu_waiting_seconds_total{{{NODES}}}[{RATE}]))"
    full, hot, links = levels(0.85, 0.95), levels(0.8, 0.9), [to_host()]
    return "Top ten", [
        bars(
            About("Busiest CPUs", "Share of all cores' time that was not idle.", "percentunit"),
            ten(f"1 - {fleet.mode_share('idle')}"),
            hot,
            links,
        ),
        bars(
            About("Fullest memories", "Share that can't be had without swapping.", "percentunit"),
            ten(fleet.MEMORY_USED),
            hot,
            links,
        ),
        bars(
            About("Fullest disks", "The fullest local file system of each host.", "percentunit"),
            ten(f"max by ({fleet.BY}) ({fleet.DISK_USED})"),
            full,
            links,
        ),
        bars(
            About("Busiest disks", "Share of time with an operation under way.", "percentunit"), ten(busy), hot, links
        ),
        bars(
            About("Most traffic", "Bits received and sent per second.", "bps"),
            ten(fleet.traffic()),
            links=links,
        ),
        bars(
            About("Most waiting for CPU", "Share of time in which some process waited for a core.", "percentunit"),
            ten(waiting),
            levels(0.1, 0.3),
            links,
        ),
    ]


def _capacity() -> Section:
    disks = "dc, instance, device"

    def total(name: str) -> str:
        return f"sum(max by ({disks}) (node_filesystem_{name}_bytes{{{fleet.DISK}}}))"

    memory = f"sum(node_memory_MemTotal_bytes{{{NODES}}})"
    have, used = {"there is": GOOD, "used": NEUTRAL}, "used"
    return "Capacity", [
        lines(
            About("Hosts over time", "Hosts that answer and that don't.", "short"),
            [
                Query(or_zero(f"count({fleet.UP} == 1)"), "up"),
                Query(or_zero(f"count({fleet.UP} == 0)"), "down"),
            ],
            {"up": GOOD, "down": BAD},
            stacked=True,
        ),
        lines(
            About("Cores", "Cores of all hosts, and how many of them worked.", "short"),
            [
                Query(f'sum(rate(node_cpu_seconds_total{{{NODES}, mode!="idle"}}[{RATE}]))', used),
                Query(f"sum({fleet.CORES})", "there is"),
            ],
            have,
        ),
        lines(
            About("Memory", "Memory of all hosts, and what of it can't be had without swapping.", "bytes"),
            [
                Query(f"{memory} - sum(node_memory_MemAvailable_bytes{{{NODES}}})", used),
                Query(memory, "there is"),
            ],
            have,
        ),
        lines(
            About("Local disks", "Local file systems of all hosts, each device counted once.", "bytes"),
            [Query(f"{total('size')} - {total('avail')}", used), Query(total("size"), "there is")],
            have,
        ),
    ]


def _days_to_full() -> Section:
    about = About(
        "Days to full",
        "File systems by when they are full at their pace of the last six hours; never is ten years.",
        "short",
    )
    by = fleet.DISK_BY
    available = f"node_filesystem_avail_bytes{{{fleet.DISK}}}"
    columns = [
        Column("Days", days_to_full(fleet.DISK, by), "short", FEW_DAYS, NEVER),
        Column("Used", f"max by ({by}) ({fleet.DISK_USED})", "percentunit", levels(0.85, 0.95), bar_up_to=1),
        Column("Available", f"min by ({by}) ({available})", "bytes"),
        Column(
            "Growth per day",
            f"-86400 * max by ({by}) (deriv({available}[6h]) and {available})",
            "bytes",
        ),
    ]
    keys = {**fleet.HEADINGS, "mountpoint": "Mounted"}
    return "What will be full", [table(about, keys, columns, [to_host(CELL)], "Days", lowest_first=True)]


def _alerts() -> Section:
    return "Alerts", [alert_table(About("Alerts of the fleet", "Pending and firing.", "short"), ALERTS)]
