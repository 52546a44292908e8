"""Board *Host*, disks: how full they are, what they transfer, how long that takes."""

from dashboards.panels.board import Section
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import LOCAL_DISK, RATE, REAL_DISK, Query
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import Threshold
from dashboards.panels.timeseries import timeseries
from dashboards.sections.host import HOST

DISK = f"{HOST}, {LOCAL_DISK}"
USED = f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"
FEW_DAYS = [Threshold(None, "red"), Threshold(3, "orange"), Threshold(14, "green")]


def days_to_full(selector: str, by: str) -> str:
    """Return the days until file systems are full at the pace of the last six hours: at most 3,650."""
    recorded = f'min by ({by}) (vigie:disk_hours_to_full{{pace="6h", {selector}}}) / 24'
    return f"{recorded} or 0 * min by ({by}) (node_filesystem_avail_bytes{{{selector}}}) + 3650"


def disk_space() -> Section:
    """Return the used shares of bytes and inodes, and the days until file systems are full."""
    inodes = f"1 - node_filesystem_files_free{{{DISK}}} / (node_filesystem_files{{{DISK}}} > 0)"
    kind = "mountpoint, device, fstype"
    return "Disk space", [
        timeseries(
            Metadata(
                "Space used",
                "Used share of each local file system. The blocks reserved for root count as used.",
                "percentunit",
            ),
            [Query(f"max by (mountpoint) ({USED})", "{{mountpoint}}")],
            max_value=1,
        ),
        timeseries(
            Metadata(
                "Inodes used",
                "Used share of each file system's inodes. Without free inodes no file can be made.",
                "percentunit",
            ),
            [Query(f"max by (mountpoint) ({inodes})", "{{mountpoint}}")],
            max_value=1,
        ),
        table(
            Metadata(
                "File systems",
                "Each local file system, and the days until it is full at its pace of the last six hours.",
                "short",
            ),
            {"mountpoint": "Mounted", "device": "Device", "fstype": "Type"},
            [
                Column("Size", f"max by ({kind}) (node_filesystem_size_bytes{{{DISK}}})", "bytes"),
                Column("Available", f"max by ({kind}) (node_filesystem_avail_bytes{{{DISK}}})", "bytes"),
                Column("Used", f"max by ({kind}) ({USED})", "percentunit", gauge_max=1),
                Column("Days to full", days_to_full(DISK, kind), "short", FEW_DAYS),
            ],
            sort="Used",
        ),
    ]


def disk_traffic() -> Section:
    """Return the bytes and operations of disks, their duration and their queue."""

    def rate(name: str) -> str:
        return f"rate(node_disk_{name}_total{{{HOST}, {REAL_DISK}}}[{RATE}])"

    def time_of(kind: str, count: str) -> str:
        return f"{rate(f'{kind}_time_seconds')} / ({rate(count)} > 0) or 0 * {rate(count)}"

    queued = f"rate(node_disk_io_time_weighted_seconds_total{{{HOST}, {REAL_DISK}}}[{RATE}])"
    return "Disk traffic", [
        timeseries(
            Metadata("Bytes", "Read from and written to each disk per second.", "Bps"),
            [Query(rate("read_bytes"), "{{device}} read"), Query(rate("written_bytes"), "{{device}} written")],
        ),
        timeseries(
            Metadata("Operations", "Completed reads and writes per second.", "iops"),
            [
                Query(rate("reads_completed"), "{{device}} reads"),
                Query(rate("writes_completed"), "{{device}} writes"),
            ],
        ),
        timeseries(
            Metadata("Time per operation", "How long a read or write took on average, waiting included.", "s"),
            [
                Query(time_of("read", "reads_completed"), "{{device}} read"),
                Query(time_of("write", "writes_completed"), "{{device}} write"),
            ],
        ),
        timeseries(
            Metadata(
                "Busy time",
                "Share of time with an operation under way. Disks that work in parallel can take more at 100 %.",
                "percentunit",
            ),
            [Query(rate("io_time_seconds"), "{{device}}")],
            max_value=1,
        ),
        timeseries(
            Metadata("Queue", "Operations that were under way or waiting, on average.", "short"),
            [Query(queued, "{{device}}")],
        ),
        timeseries(
            Metadata(
                "Discards and flushes",
                "Operations per second that free blocks, and that flush writes to the disk.",
                "iops",
            ),
            [
                Query(rate("discards_completed"), "{{device}} discards"),
                Query(rate("flush_requests"), "{{device}} flushes"),
            ],
        ),
    ]
