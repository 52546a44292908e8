"""Board *Host*: all about one machine, from a glance at the top down to errors on its network."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.board import Section, board, choice
from dashboards.panel import BAD, GOOD, NEUTRAL, WARNING, About, Level, levels, lines, number
from dashboards.query import RATE, Query

HOST = 'job="node", dc="$dc", instance="$instance"'
# In memory, of images, or on another machine's disk: their fill level is not this host's disk space.
LOCAL_DISK = f'{HOST}, fstype!~"tmpfs|ramfs|squashfs|iso9660|nfs.*|cifs|smb.*|ceph|fuse.*"'
REAL_DISK = f'{HOST}, device!~"loop.*|ram.*|sr.*"'
WIRED = f'{HOST}, device!~"lo|veth.*"'  # a container's end of a pair repeats what its bridge counts

CORES = f'count(node_cpu_seconds_total{{{HOST}, mode="idle"}})'
CPU_BUSY = f'1 - avg(rate(node_cpu_seconds_total{{{HOST}, mode="idle"}}[{RATE}]))'
MEMORY_USED = f"1 - node_memory_MemAvailable_bytes{{{HOST}}} / node_memory_MemTotal_bytes{{{HOST}}}"
DISK_USED = f"1 - node_filesystem_avail_bytes{{{LOCAL_DISK}}} / node_filesystem_size_bytes{{{LOCAL_DISK}}}"
MODE_COLOURS = {
    "user": NEUTRAL,
    "nice": "light-blue",
    "system": "purple",
    "iowait": BAD,
    "irq": "yellow",
    "softirq": WARNING,
    "steal": "dark-red",
}


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Host",
        "One machine: processor, memory, disks, network. Choose the datacenter first: host names repeat across them.",
        [
            choice("dc", "Datacenter", "label_values(node_uname_info, dc)"),
            choice("instance", "Host", 'label_values(node_uname_info{dc="$dc"}, instance)'),
        ],
        [_glance(), _processor(), _memory(), _disk_space(), _disk_traffic(), _network()],
    )


def _glance() -> Section:
    return "At a glance", [
        number(
            About("System", "Operating system, as /etc/os-release names it.", "string"),
            Query(f"node_os_info{{{HOST}}}", "{{pretty_name}}", instant=True),
            width=6,
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
            Query(f"node_time_seconds{{{HOST}}} - node_boot_time_seconds{{{HOST}}}", instant=True),
        ),
        number(
            About(
                "Reachable", "Whether Prometheus reaches the exporter. If not, everything below is old.", "bool_yes_no"
            ),
            Query(f"up{{{HOST}}}", instant=True),
            [Level(None, BAD), Level(1, GOOD)],
        ),
    ]


def _processor() -> Section:
    by_mode = f'avg by (mode) (rate(node_cpu_seconds_total{{{HOST}, mode!="idle"}}[{RATE}]))'
    return "Processor", [
        lines(
            About(
                "CPU by mode",
                "Where the cores' time went; the top edge is how busy they were. iowait: idle, but waiting for a disk. "
                "steal: wanted to run, but the hypervisor gave the core to somebody else.",
                "percentunit",
            ),
            [Query(by_mode, "{{mode}}")],
            MODE_COLOURS,
            stacked=True,
            highest=1,
        ),
        lines(
            About(
                "Load",
                "Processes that run, wait for a core or hang in the disk, averaged over 1, 5 and 15 minutes, "
                "against the number of cores.",
                "short",
            ),
            [
                Query(f"node_load1{{{HOST}}}", "1 m"),
                Query(f"node_load5{{{HOST}}}", "5 m"),
                Query(f"node_load15{{{HOST}}}", "15 m"),
                Query(CORES, "cores"),
            ],
            {"1 m": "light-blue", "5 m": NEUTRAL, "15 m": "dark-blue", "cores": BAD},
        ),
        lines(
            About("Processes", "Runnable processes, and those blocked on input or output.", "short"),
            [
                Query(f"node_procs_running{{{HOST}}}", "runnable"),
                Query(f"node_procs_blocked{{{HOST}}}", "blocked"),
            ],
            {"runnable": NEUTRAL, "blocked": BAD},
        ),
        lines(
            About(
                "Switches, interrupts and forks",
                "How often per second cores changed the process, were interrupted, and processes were started.",
                "ops",
            ),
            [
                Query(f"rate(node_context_switches_total{{{HOST}}}[{RATE}])", "context switches"),
                Query(f"rate(node_intr_total{{{HOST}}}[{RATE}])", "interrupts"),
                Query(f"rate(node_forks_total{{{HOST}}}[{RATE}])", "forks"),
            ],
        ),
    ]


def _memory() -> Section:
    def family(name: str) -> str:
        return f"node_memory_{name}_bytes{{{HOST}}}"

    reclaimable = f"{family('Cached')} + {family('Buffers')} + {family('SReclaimable')}"
    return "Memory", [
        lines(
            About(
                "Memory by use",
                "What memory holds. The cache is dropped when programs need room: a small free part is no worry.",
                "bytes",
            ),
            [
                Query(f"{family('MemTotal')} - {family('MemFree')} - ({reclaimable})", "used"),
                Query(reclaimable, "cache"),
                Query(family("MemFree"), "free"),
            ],
            {"used": WARNING, "cache": NEUTRAL, "free": GOOD},
            stacked=True,
        ),
        lines(
            About(
                "Available memory and swap",
                "What programs can still get without swapping, and how much has been swapped out.",
                "bytes",
            ),
            [
                Query(family("MemAvailable"), "available"),
                Query(f"{family('SwapTotal')} - {family('SwapFree')}", "swapped out"),
            ],
            {"available": GOOD, "swapped out": BAD},
        ),
    ]


def _disk_space() -> Section:
    inodes = f"1 - node_filesystem_files_free{{{LOCAL_DISK}}} / (node_filesystem_files{{{LOCAL_DISK}}} > 0)"
    return "Disk space", [
        lines(
            About(
                "Space used", "Fill level of each local file system; the reserve of root counts as used.", "percentunit"
            ),
            [Query(f"max by (mountpoint) ({DISK_USED})", "{{mountpoint}}")],
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
    ]


def _disk_traffic() -> Section:
    def speed(name: str) -> str:
        return f"rate(node_disk_{name}_total{{{REAL_DISK}}}[{RATE}])"

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
                Query(f"{speed('read_time_seconds')} / {speed('reads_completed')}", "{{device}} read"),
                Query(f"{speed('write_time_seconds')} / {speed('writes_completed')}", "{{device}} write"),
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
    ]


def _network() -> Section:
    def speed(name: str) -> str:
        return f"rate(node_network_{name}_total{{{WIRED}}}[{RATE}])"

    return "Network", [
        lines(
            About("Traffic", "Bits received and sent by each interface per second.", "bps"),
            [
                Query(f"8 * {speed('receive_bytes')}", "{{device}} received"),
                Query(f"8 * {speed('transmit_bytes')}", "{{device}} sent"),
            ],
        ),
        lines(
            About("Packets", "Packets received and sent by each interface per second.", "pps"),
            [
                Query(speed("receive_packets"), "{{device}} received"),
                Query(speed("transmit_packets"), "{{device}} sent"),
            ],
        ),
        lines(
            About("Errors", "Damaged packets per second: a cable, a port or a driver at fault. Should be zero.", "pps"),
            [Query(speed("receive_errs"), "{{device}} received"), Query(speed("transmit_errs"), "{{device}} sent")],
        ),
        lines(
            About(
                "Drops",
                "Packets per second that were intact but thrown away, mostly for want of buffers or of a listener.",
                "pps",
            ),
            [Query(speed("receive_drop"), "{{device}} received"), Query(speed("transmit_drop"), "{{device}} sent")],
        ),
    ]
