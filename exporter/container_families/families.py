"""The families of containers: names, kinds and helps are cAdvisor's where it has them, else begin with `vigie_`.

A key is a family and the text of the labels that its series has beside the container's own, as `,cpu="cpu00"`.
"""

from exporter.exposition.text import Family

Key = tuple[Family, str]

NANOSECONDS = "%.9f"
MICROSECONDS = "%.6f"


def gauge(name: str, help_text: str, form: str = "%d") -> Family:
    """Return a gauge of containers."""
    return Family(f"container_{name}", "gauge", help_text, form=form)


def counter(name: str, help_text: str, form: str = "%d") -> Family:
    """Return a counter of containers."""
    return Family(f"container_{name}", "counter", help_text, form=form)


LAST_SEEN = gauge("last_seen", "Last time a container was seen by the exporter")
START_TIME = gauge("start_time_seconds", "Start time of the container since unix epoch in seconds.")

CPU_USAGE = counter("cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.", NANOSECONDS)
CPU_USER = counter("cpu_user_seconds_total", "Cumulative user cpu time consumed in seconds.", MICROSECONDS)
CPU_SYSTEM = counter("cpu_system_seconds_total", "Cumulative system cpu time consumed in seconds.", MICROSECONDS)
CFS_PERIODS = counter("cpu_cfs_periods_total", "Number of elapsed enforcement period intervals.")
CFS_THROTTLED_PERIODS = counter("cpu_cfs_throttled_periods_total", "Number of throttled period intervals.")
CFS_THROTTLED = counter(
    "cpu_cfs_throttled_seconds_total", "Total time duration the container has been throttled.", NANOSECONDS
)
CFS_BURST_PERIODS = counter("cpu_cfs_burst_periods_total", "Number of periods when burst occurs.")
CFS_BURST = counter("cpu_cfs_burst_seconds_total", "Total time duration the container has been bursted.", NANOSECONDS)
CPU_LOAD = gauge("cpu_load_average_10s", "Value of container cpu load average over the last 10 seconds.")
TASKS_STATE = gauge("tasks_state", "Number of tasks in given state")
TASK_STATES = ("sleeping", "running", "stopped", "uninterruptible", "iowaiting")

MEMORY_CACHE = gauge("memory_cache", "Number of bytes of page cache memory.")
MEMORY_RSS = gauge("memory_rss", "Size of RSS in bytes.")
MEMORY_KERNEL = gauge("memory_kernel_usage", "Size of kernel memory allocated in bytes.")
MEMORY_MAPPED_FILE = gauge("memory_mapped_file", "Size of memory mapped files in bytes.")
MEMORY_SWAP = gauge("memory_swap", "Container swap usage in bytes.")
MEMORY_FAILCNT = counter("memory_failcnt", "Number of memory usage hits limits")
MEMORY_USAGE = gauge(
    "memory_usage_bytes", "Current memory usage in bytes, including all memory regardless of when it was accessed"
)
MEMORY_MAX_USAGE = gauge("memory_max_usage_bytes", "Maximum memory usage recorded in bytes")
MEMORY_WORKING_SET = gauge("memory_working_set_bytes", "Current working set in bytes.")
MEMORY_ACTIVE_FILE = gauge("memory_total_active_file_bytes", "Current total active file in bytes.")
MEMORY_INACTIVE_FILE = gauge("memory_total_inactive_file_bytes", "Current total inactive file in bytes.")
MEMORY_FILE_DIRTY = gauge(
    "memory_file_dirty_bytes",
    "Number of bytes of file cache that has been modified but not yet written back to disk.",
)
MEMORY_FILE_WRITEBACK = gauge(
    "memory_file_writeback_bytes", "Number of bytes of file cache that is currently being written back to disk."
)
MEMORY_PGSCAN = counter("memory_pgscan_total", "Cumulative number of pages scanned by the page reclaim algorithm.")
MEMORY_PGSTEAL = counter("memory_pgsteal_total", "Cumulative number of pages reclaimed by the page reclaim algorithm.")
MEMORY_REFAULT_FILE = counter(
    "memory_workingset_refault_file_total", "Cumulative number of refaults of previously evicted file pages."
)
MEMORY_REFAULT_ANON = counter(
    "memory_workingset_refault_anon_total", "Cumulative number of refaults of previously evicted anonymous pages."
)
MEMORY_EVENTS_HIGH = counter(
    "memory_events_high_total", "Cumulative count of memory.high throttle events for the container"
)
MEMORY_EVENTS_MAX = counter(
    "memory_events_max_total", "Cumulative count of memory.max limit hit events for the container"
)
MEMORY_FAILURES = counter("memory_failures_total", "Cumulative count of memory allocation failures.")
OOM_EVENTS = counter("oom_events_total", "Count of out of memory events observed for the container")
# cAdvisor tells the same number for both scopes.
MEMORY_FAILURE_KEYS: tuple[Key, ...] = tuple(
    (MEMORY_FAILURES, f',failure_type="{kind}",scope="{scope}"')
    for kind in ("pgfault", "pgmajfault")
    for scope in ("container", "hierarchy")
)

SPEC_CPU_PERIOD = gauge("spec_cpu_period", "CPU period of the container.")
SPEC_CPU_QUOTA = gauge("spec_cpu_quota", "CPU quota of the container.")
SPEC_CPU_SHARES = gauge("spec_cpu_shares", "CPU share of the container.")
SPEC_MEMORY_LIMIT = gauge("spec_memory_limit_bytes", "Memory limit for the container.")
SPEC_MEMORY_SWAP_LIMIT = gauge("spec_memory_swap_limit_bytes", "Memory swap limit for the container.")
SPEC_MEMORY_RESERVATION = gauge("spec_memory_reservation_limit_bytes", "Memory reservation limit for the container.")

FS_LIMIT = gauge("fs_limit_bytes", "Number of bytes that can be consumed by the container on this filesystem.")
FS_USAGE = gauge("fs_usage_bytes", "Number of bytes that are consumed by the container on this filesystem.")
FS_INODES_FREE = gauge("fs_inodes_free", "Number of available Inodes")
FS_INODES_TOTAL = gauge("fs_inodes_total", "Number of Inodes")
FS_READS_BYTES = counter("fs_reads_bytes_total", "Cumulative count of bytes read")
FS_WRITES_BYTES = counter("fs_writes_bytes_total", "Cumulative count of bytes written")
FS_READS = counter("fs_reads_total", "Cumulative count of reads completed")
FS_WRITES = counter("fs_writes_total", "Cumulative count of writes completed")
# What no cgroup file tells; cAdvisor says 0 for the device of a container's layer.
FS_UNTOLD = (
    counter("fs_sector_reads_total", "Cumulative count of sector reads completed"),
    counter("fs_sector_writes_total", "Cumulative count of sector writes completed"),
    counter("fs_reads_merged_total", "Cumulative count of reads merged"),
    counter("fs_writes_merged_total", "Cumulative count of writes merged"),
    counter("fs_read_seconds_total", "Cumulative count of seconds spent reading"),
    counter("fs_write_seconds_total", "Cumulative count of seconds spent writing"),
    gauge("fs_io_current", "Number of I/Os currently in progress"),
    counter("fs_io_time_seconds_total", "Cumulative count of seconds spent doing I/Os"),
    counter("fs_io_time_weighted_seconds_total", "Cumulative weighted I/O time in seconds"),
)
BLKIO_USAGE = counter("blkio_device_usage_total", "Blkio Device bytes usage")

# In the order of the columns that `network.parse` takes from /proc/net/dev.
NETWORK = (
    counter("network_receive_bytes_total", "Cumulative count of bytes received"),
    counter("network_receive_packets_total", "Cumulative count of packets received"),
    counter("network_receive_errors_total", "Cumulative count of errors encountered while receiving"),
    counter("network_receive_packets_dropped_total", "Cumulative count of packets dropped while receiving"),
    counter("network_transmit_bytes_total", "Cumulative count of bytes transmitted"),
    counter("network_transmit_packets_total", "Cumulative count of packets transmitted"),
    counter("network_transmit_errors_total", "Cumulative count of errors encountered while transmitting"),
    counter("network_transmit_packets_dropped_total", "Cumulative count of packets dropped while transmitting"),
)

PROCESSES = gauge("processes", "Number of processes running inside the container.")
FILE_DESCRIPTORS = gauge("file_descriptors", "Number of open file descriptors for the container.")
SOCKETS = gauge("sockets", "Number of open sockets for the container.")
THREADS = gauge("threads", "Number of threads running inside the container")
THREADS_MAX = gauge("threads_max", "Maximum number of threads allowed inside the container, infinity if value is zero")
ULIMITS = gauge(
    "ulimits_soft", "Soft ulimit values for the container root process. Unlimited if -1, except priority and nice"
)
IO_READ = Family(
    "vigie_container_io_read_bytes_total",
    "counter",
    "Bytes read by the container's processes as they were seen, where its control group tells none: a lower bound.",
)
IO_WRITTEN = Family(
    "vigie_container_io_written_bytes_total",
    "counter",
    "Bytes written by the container's processes as they were seen, where its control group tells none: a lower bound.",
)


def _pressure(resource: str, kind: str, help_text: str) -> Family:
    return counter(f"pressure_{resource}_{kind}_seconds_total", help_text, MICROSECONDS)


_NONE_COULD = "Total time duration no tasks in the container could make progress due to"
_SOME_WAITED = "Total time duration tasks in the container have waited due to"
# What waited, and what was stalled, in the order in which the kernel says it.
PRESSURE = {
    "cpu": (
        _pressure("cpu", "waiting", f"{_SOME_WAITED} CPU congestion."),
        _pressure("cpu", "stalled", f"{_NONE_COULD} CPU congestion."),
    ),
    "memory": (
        _pressure("memory", "waiting", f"{_SOME_WAITED} memory congestion."),
        _pressure("memory", "stalled", f"{_NONE_COULD} memory congestion."),
    ),
    "io": (
        _pressure("io", "waiting", f"{_SOME_WAITED} IO congestion."),
        _pressure("io", "stalled", f"{_NONE_COULD} IO congestion."),
    ),
}
