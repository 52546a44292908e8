"""PromQL on containers that several boards share.

`selector` matches the containers' series, `by` are the labels that tell them apart.
"""

from dashboards.panels.query import RATE


def cpu(selector: str, by: str) -> str:
    """Return the cores that containers use."""
    return f"sum by ({by}) (rate(container_cpu_usage_seconds_total{{{selector}}}[{RATE}]))"


def throttled(selector: str, by: str) -> str:
    """Return the share of scheduling periods in which a quota stopped containers."""
    stopped = f"sum by ({by}) (rate(container_cpu_cfs_throttled_periods_total{{{selector}}}[{RATE}]))"
    periods = f"sum by ({by}) (rate(container_cpu_cfs_periods_total{{{selector}}}[{RATE}]))"
    return f"{stopped} / ({periods} > 0) or 0 * {stopped}"


def memory(selector: str, by: str) -> str:
    """Return the memory that can't be taken from containers, in bytes: what the kernel would kill for."""
    return f"max by ({by}) (container_memory_working_set_bytes{{{selector}}})"


def memory_of_limit(selector: str, by: str) -> str:
    """Return that memory's share of the limit, of containers with a limit."""
    limit = f"max by ({by}) (container_spec_memory_limit_bytes{{{selector}}} > 0)"
    return f"{memory(selector, by)} / {limit}"


def network(selector: str, by: str) -> str:
    """Return the bits per second that containers received and sent."""
    received, sent = (
        f"sum by ({by}) (rate(container_network_{way}_bytes_total{{{selector}}}[{RATE}]))"
        for way in ("receive", "transmit")
    )
    return f"8 * ({received} + {sent})"


def disk(selector: str, by: str, way: str) -> str:
    """Return the bytes per second that containers `read` or `written`, from the control group or the processes."""
    name = {"read": "reads", "written": "writes"}[way]
    from_cgroup = f"sum by ({by}) (rate(container_fs_{name}_bytes_total{{{selector}}}[{RATE}]))"
    from_processes = f"sum by ({by}) (rate(vigie_container_io_{way}_bytes_total{{{selector}}}[{RATE}]))"
    return f"{from_cgroup} or {from_processes}"


def restarts(selector: str, by: str) -> str:
    """Return how often containers started anew in the chosen time."""
    return f"sum by ({by}) (changes(container_start_time_seconds{{{selector}}}[$__range]))"
