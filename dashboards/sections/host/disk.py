"""Board *Host*, disks: how full they are, what they transfer, how long that takes."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, OK, WARNING
from dashboards.panels.host_promql import NEVER_SECONDS, once_per_device, seconds_to_full
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import LOCAL_DISK, RATE, REAL_DISK, Query
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import Threshold
from dashboards.panels.timeseries import timeseries
from dashboards.panels.value_mapping import ValueMapping
from dashboards.sections.host import HOST

DISK = f"{HOST}, {LOCAL_DISK}"
USED = f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"
DAY_SECONDS = 86400
FEW_DAYS = [Threshold(None, CRITICAL), Threshold(3 * DAY_SECONDS, WARNING), Threshold(14 * DAY_SECONDS, OK)]
NEVER = {NEVER_SECONDS: ValueMapping("never", OK)}


def disk_space() -> Section:
    """Return the used shares of bytes and inodes, and the time until file systems are full."""

    def once(expression: str) -> str:
        return once_per_device(expression, DISK, "mountpoint, device")

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
                "Each local file system, and the time until it is full at its pace of the last six hours. "
                "What takes more than 90 days is shown as never. "
                "A device that is mounted several times is listed once.",
                "short",
            ),
            {"mountpoint": "Mounted", "device": "Device", "fstype": "Type"},
            [
                Column("Size", once(f"max by ({kind}) (node_filesystem_size_bytes{{{DISK}}})"), "bytes"),
                Column("Available", once(f"max by ({kind}) (node_filesystem_avail_bytes{{{DISK}}})"), "bytes"),
                Column("Used", once(f"max by ({kind}) ({USED})"), "percentunit", gauge_max=1),
                Column("Time to full", once(seconds_to_full(DISK, kind)), "s", FEW_DAYS, NEVER),
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
