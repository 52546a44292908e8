"""What the lists of containers ask Prometheus: three questions, however many containers there are."""

from vigie.console.queries.hosts import OF, WINDOW, Column

BY = "dc, instance, name"
CONTAINER = 'job="node", name!=""'


def _rate(name: str) -> str:
    return f"sum by ({BY}) (rate({name}{{{CONTAINER}}}[{WINDOW}]))"


_MEMORY = f"max by ({BY}) (container_memory_working_set_bytes{{{CONTAINER}}})"
COLUMNS = {
    "cpu": Column("CPU", "plain", _rate("container_cpu_usage_seconds_total")),
    "throttled": Column(
        "Throttled",
        "share",
        f"{_rate('container_cpu_cfs_throttled_periods_total')} / ({_rate('container_cpu_cfs_periods_total')} > 0)",
        0.1,
        0.25,
    ),
    "memory": Column("Memory", "bytes", _MEMORY),
    "limit": Column(
        "of limit",
        "share",
        f"{_MEMORY} / max by ({BY}) (container_spec_memory_limit_bytes{{{CONTAINER}}} > 0)",
        0.8,
        0.95,
    ),
    "network": Column(
        "Network",
        "bits",
        f"8 * ({_rate('container_network_receive_bytes_total')} + {_rate('container_network_transmit_bytes_total')})",
    ),
    "restarts": Column("Restarts", "plain", f"max by ({BY}) (vigie_container_restarts_total{{{CONTAINER}}})", 1),
    "uptime": Column("Up for", "seconds", f"time() - max by ({BY}) (container_start_time_seconds{{{CONTAINER}}} > 0)"),
}
USE = " or ".join(f'label_replace({column.expression}, "{OF}", "{name}", "", "")' for name, column in COLUMNS.items())
STATE = f"vigie_container_state{{{CONTAINER}}} == 1 or vigie_container_health{{{CONTAINER}}} == 1"
LAST_SEEN = f"max by ({BY}, image) (container_last_seen{{{CONTAINER}}})"
QUERIES = {"use": USE, "state": STATE, "last_seen": LAST_SEEN}
