"""The charts of hosts and containers; SELECT and WINDOW in their PromQL are filled in for one host or container."""

from typing import NamedTuple

from dashboards.panels.query import LOCAL_DISK, REAL_DISK, WIRED


class Line(NamedTuple):
    """An expression, in which SELECT and WINDOW are filled in, and how its series are called: `{label}` is a label."""

    expression: str
    legend: str


class Chart(NamedTuple):
    """What a chart shows, in which unit, stacked or not, and where its scale ends at least."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    is_stacked: bool = False
    highest: float | None = None


def _rate(name: str, more: str = "") -> str:
    return f"rate({name}{{SELECT{more}}}[WINDOW])"


HOST = {
    "cpu": Chart(
        "CPU by mode",
        "share",
        (Line('avg by (mode) (rate(node_cpu_seconds_total{SELECT, mode!="idle"}[WINDOW]))', "{mode}"),),
        is_stacked=True,
        highest=1,
    ),
    "load": Chart(
        "Load and cores",
        "plain",
        (
            Line("node_load1{SELECT}", "1 min"),
            Line("node_load5{SELECT}", "5 min"),
            Line("node_load15{SELECT}", "15 min"),
            Line('count(node_cpu_seconds_total{SELECT, mode="idle"})', "cores"),
        ),
    ),
    "memory": Chart(
        "Memory",
        "bytes",
        (
            Line("node_memory_MemTotal_bytes{SELECT} - node_memory_MemAvailable_bytes{SELECT}", "used"),
            Line("node_memory_MemTotal_bytes{SELECT}", "total"),
            Line("node_memory_SwapTotal_bytes{SELECT} - node_memory_SwapFree_bytes{SELECT}", "swapped out"),
        ),
    ),
    "pressure": Chart(
        "Waiting (pressure)",
        "share",
        tuple(
            Line(_rate(f"node_pressure_{name}_waiting_seconds_total"), title)
            for name, title in (("cpu", "for CPU"), ("memory", "for memory"), ("io", "for I/O"))
        ),
    ),
    "space": Chart(
        "Disk space used",
        "share",
        (
            Line(
                f"max by (mountpoint) (1 - node_filesystem_avail_bytes{{SELECT, {LOCAL_DISK}}}"
                f" / node_filesystem_size_bytes{{SELECT, {LOCAL_DISK}}})",
                "{mountpoint}",
            ),
        ),
        highest=1,
    ),
    "disk": Chart(
        "Disk traffic",
        "bytes/s",
        (
            Line(f"sum by (device) ({_rate('node_disk_read_bytes_total', ', ' + REAL_DISK)})", "{device} read"),
            Line(f"sum by (device) ({_rate('node_disk_written_bytes_total', ', ' + REAL_DISK)})", "{device} written"),
        ),
    ),
    "busy": Chart(
        "Disks busy",
        "share",
        (Line(f"max by (device) ({_rate('node_disk_io_time_seconds_total', ', ' + REAL_DISK)})", "{device}"),),
    ),
    "network": Chart(
        "Network",
        "bits",
        (
            Line(f"8 * {_rate('node_network_receive_bytes_total', ', ' + WIRED)}", "{device} in"),
            Line(f"8 * {_rate('node_network_transmit_bytes_total', ', ' + WIRED)}", "{device} out"),
        ),
    ),
    "errors": Chart(
        "Network errors and drops per second",
        "plain",
        (
            Line(f"sum({_rate('node_network_receive_errs_total')})", "errors in"),
            Line(f"sum({_rate('node_network_transmit_errs_total')})", "errors out"),
            Line(f"sum({_rate('node_network_receive_drop_total')})", "drops in"),
            Line(f"sum({_rate('node_network_transmit_drop_total')})", "drops out"),
        ),
    ),
    "tcp": Chart(
        "TCP",
        "count",
        (
            Line("node_netstat_Tcp_CurrEstab{SELECT}", "established"),
            Line("node_sockstat_TCP_tw{SELECT}", "TIME_WAIT"),
            Line(_rate("node_netstat_Tcp_RetransSegs"), "retransmitted per s"),
        ),
    ),
    "processes": Chart(
        "Busiest commands, in cores",
        "plain",
        (Line(f"topk(8, {_rate('vigie_process_cpu_seconds_total')})", "{command}"),),
        is_stacked=True,
    ),
    "scrape": Chart("Scrape time", "seconds", (Line("scrape_duration_seconds{SELECT}", "scrape"),)),
}

CONTAINER = {
    "cpu": Chart(
        "CPU, in cores",
        "plain",
        (
            Line(f"sum({_rate('container_cpu_usage_seconds_total')})", "used"),
            Line(
                "max(container_spec_cpu_quota{SELECT}) / max(container_spec_cpu_period{SELECT})",
                "quota",
            ),
        ),
    ),
    "throttled": Chart(
        "Throttled periods",
        "share",
        (
            Line(
                f"sum({_rate('container_cpu_cfs_throttled_periods_total')})"
                f" / sum({_rate('container_cpu_cfs_periods_total')})",
                "throttled",
            ),
        ),
    ),
    "memory": Chart(
        "Memory",
        "bytes",
        (
            Line("max(container_memory_working_set_bytes{SELECT})", "working set"),
            Line("max(container_memory_usage_bytes{SELECT})", "with cache"),
            Line("max(container_spec_memory_limit_bytes{SELECT} > 0)", "limit"),
        ),
    ),
    "network": Chart(
        "Network",
        "bits",
        (
            Line(f"8 * sum({_rate('container_network_receive_bytes_total')})", "in"),
            Line(f"8 * sum({_rate('container_network_transmit_bytes_total')})", "out"),
        ),
    ),
    "disk": Chart(
        "Disk traffic",
        "bytes/s",
        (
            Line(
                f"sum({_rate('container_fs_reads_bytes_total')})"
                f" or sum({_rate('vigie_container_io_read_bytes_total')})",
                "read",
            ),
            Line(
                f"sum({_rate('container_fs_writes_bytes_total')})"
                f" or sum({_rate('vigie_container_io_written_bytes_total')})",
                "written",
            ),
        ),
    ),
    "processes": Chart(
        "Processes and threads",
        "count",
        (
            Line("max(container_processes{SELECT})", "processes"),
            Line("max(container_threads{SELECT})", "threads"),
        ),
    ),
}
SETS = {"host": HOST, "container": CONTAINER}
QUERIES = {
    f"{kind} chart {name}, line {number}": line.expression
    for kind, charts in SETS.items()
    for name, chart in charts.items()
    for number, line in enumerate(chart.lines, 1)
}
