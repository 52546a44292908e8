"""Board *Fleet*, capacity: what there is, what is used, and what will be full."""

from dashboards.panels import host_promql
from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK
from dashboards.panels.link import CELL, host_link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import NODES, RATE, Query, or_zero
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.sections.host.disk import FEW_DAYS, NEVER


def capacity() -> Section:
    """Return what all hosts together have, and what of it is used."""
    disks = "dc, instance, device"

    def total(name: str) -> str:
        return f"sum(max by ({disks}) (node_filesystem_{name}_bytes{{{host_promql.DISK}}}))"

    memory = f"sum(node_memory_MemTotal_bytes{{{NODES}}})"
    have, used = {"total": OK, "used": NEUTRAL}, "used"
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
            Metadata("Cores", "Cores of all hosts, and how many of them are busy.", "short"),
            [
                Query(f'sum(rate(node_cpu_seconds_total{{{NODES}, mode!="idle"}}[{RATE}]))', used),
                Query(f"sum({host_promql.CORES})", "total"),
            ],
            have,
        ),
        timeseries(
            Metadata("Memory", "Memory of all hosts, and the part that is not available without swapping.", "bytes"),
            [
                Query(f"{memory} - sum(node_memory_MemAvailable_bytes{{{NODES}}})", used),
                Query(memory, "total"),
            ],
            have,
        ),
        timeseries(
            Metadata("Local disks", "Local file systems of all hosts. Each device counts once.", "bytes"),
            [Query(f"{total('size')} - {total('avail')}", used), Query(total("size"), "total")],
            have,
        ),
    ]


def time_to_full_table() -> Section:
    """Return the file systems by when they are full."""
    metadata = Metadata(
        "Time to full",
        "Time until each file system is full at its pace of the last six hours. What takes more than 90 days is "
        "shown as never. A device that is mounted several times is listed once.",
        "short",
    )
    by = host_promql.DISK_BY

    def once(expression: str) -> str:
        return host_promql.once_per_device(expression, host_promql.DISK, by)

    available = f"node_filesystem_avail_bytes{{{host_promql.DISK}}}"
    columns = [
        Column("Full in", once(host_promql.seconds_to_full(host_promql.DISK, by)), "s", FEW_DAYS, NEVER),
        Column(
            "Used", once(f"max by ({by}) ({host_promql.DISK_USED})"), "percentunit", thresholds(0.85, 0.95), gauge_max=1
        ),
        Column("Available", once(f"min by ({by}) ({available})"), "bytes"),
        Column(
            "Growth per day",
            once(f"-86400 * max by ({by}) (deriv({available}[6h]) and {available})"),
            "bytes",
        ),
    ]
    keys = {**host_promql.HEADINGS, "mountpoint": "Mounted"}
    return "Time to full", [table(metadata, keys, columns, [host_link(CELL)], "Full in", lowest_first=True)]
