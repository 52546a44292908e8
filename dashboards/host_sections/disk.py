"""Board *Host*, disks: how full, how fast, how long."""

from dashboards.host_sections import HOST
from dashboards.panels.board import Section
from dashboards.panels.panel import About, Level, lines
from dashboards.panels.query import LOCAL_DISK, RATE, REAL_DISK, Query
from dashboards.panels.table import Column, table

DISK = f"{HOST}, {LOCAL_DISK}"
USED = f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"
FEW_DAYS = [Level(None, "red"), Level(3, "orange"), Level(14, "green")]


def days_to_full(selector: str, by: str) -> str:
    """Return in how many days file systems are full at the pace of the last six hours, 3,650 where it is not soon."""
    recorded = f'min by ({by}) (vigie:disk_hours_to_full{{pace="6h", {selector}}}) / 24'
    return f"{recorded} or 0 * min by ({by}) (node_filesystem_avail_bytes{{{selector}}}) + 3650"


def disk_space() -> Section:
    """Return fill levels, of bytes and of inodes, and when they will be full."""
    inodes = f"1 - node_filesystem_files_free{{{DISK}}} / (node_filesystem_files{{{DISK}}} > 0)"
    kind = "mountpoint, device, fstype"
    return "Disk space", [
        lines(
            About(
                "Space used", "Fill level of each local file system; the reserve of root counts as used.", "percentunit"
            ),
            [Query(f"max by (mountpoint) ({USED})", "{{mountpoint}}")],
            highest=1,
        ),
        lines(
            About(
                "Inodes used",
                "Share of the files that each file system can hold; full of inodes is as full as full of bytes.",
                "percentunit",
            ),
            [Query(f"max by (mountpoint) ({inodes})", "{{mountpoint}}")],
            highest=1,
        ),
        table(
            About(
                "File systems", "Each local file system, and in how many days it is full at its pace of 6 h.", "short"
            ),
            {"mountpoint": "Mounted", "device": "Device", "fstype": "Type"},
            [
                Column("Size", f"max by ({kind}) (node_filesystem_size_bytes{{{DISK}}})", "bytes"),
                Column("Available", f"max by ({kind}) (node_filesystem_avail_bytes{{{DISK}}})", "bytes"),
                Column("Used", f"max by ({kind}) ({USED})", "percentunit", bar_up_to=1),
                Column("Days to full", days_to_full(DISK, kind), "short", FEW_DAYS),
            ],
            sort="Used",
        ),
    ]


def disk_traffic() -> Section:
    """Return what disks transfer, how long that takes, and how much waits."""

    def speed(name: str) -> str:
        return f"rate(node_disk_{name}_total{{{HOST}, {REAL_DISK}}}[{RATE}])"

    def time_of(kind: str, count: str) -> str:
        return f"{speed(f'{kind}_time_seconds')} / ({speed(count)} > 0) or 0 * {speed(count)}"

    queued = f"rate(node_disk_io_time_weighted_seconds_total{{{HOST}, {REAL_DISK}}}[{RATE}])"
    return "Disk traffic", [
        lines(
            About("Bytes", "Read from and written to each disk per second.", "Bps"),
            [Query(speed("read_bytes"), "{{device}} read"), Query(speed("written_bytes"), "{{device}} written")],
        ),
        lines(
            About("Operations", "Completed reads and writes per second.", "iops"),
            [
                Query(speed("reads_completed"), "{{device}} reads"),
                Query(speed("writes_completed"), "{{device}} writes"),
            ],
        ),
        lines(
            About("Time per operation", "How long a read or write took on average, waiting included.", "s"),
            [
                Query(time_of("read", "reads_completed"), "{{device}} read"),
                Query(time_of("write", "writes_completed"), "{{device}} write"),
            ],
        ),
        lines(
            About(
                "Busy time",
                "Share of time with an operation under way. Disks that work in parallel can take more at 100 %.",
                "percentunit",
            ),
            [Query(speed("io_time_seconds"), "{{device}}")],
            highest=1,
        ),
        lines(
            About("Queue", "Operations that were under way or waiting, on average.", "short"),
            [Query(queued, "{{device}}")],
        ),
        lines(
            About(
                "Discards and flushes", "Operations per second that free blocks, and that make writes lasting.", "iops"
            ),
            [
                Query(speed("discards_completed"), "{{device}} discards"),
                Query(speed("flush_requests"), "{{device}} flushes"),
            ],
        ),
    ]
