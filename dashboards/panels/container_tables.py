"""What several boards show of containers; `selector` matches their series, `by` are the labels that tell them apart."""

from dashboards.panels.panel import About, Level, levels
from dashboards.panels.query import RATE
from dashboards.panels.table import Column, Looks

HEADINGS = {"dc": "Datacenter", "instance": "Host", "name": "Container"}
LOOKS = {"Container": Looks(pixels=150)}
NEEDS_LIMIT = "Containers without a limit are not in it."


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
    told = f"sum by ({by}) (rate(container_fs_{name}_bytes_total{{{selector}}}[{RATE}]))"
    seen = f"sum by ({by}) (rate(vigie_container_io_{way}_bytes_total{{{selector}}}[{RATE}]))"
    return f"{told} or {seen}"


def restarts(selector: str, by: str) -> str:
    """Return how often containers started anew in the chosen time."""
    return f"sum by ({by}) (changes(container_start_time_seconds{{{selector}}}[$__range]))"


def small_columns(selector: str, by: str) -> list[Column]:
    """Return the columns that tell of containers' cost and health."""
    uptime = f"time() - max by ({by}) (container_start_time_seconds{{{selector}}})"
    state = {"state": "State", "image": "Image"}
    return [
        Column("", f"max by ({by}, state, image) (vigie_container_state{{{selector}}})", labels=state),
        Column("CPU", cpu(selector, by), "short"),
        Column("Throttled", throttled(selector, by), "percentunit", levels(0.1, 0.25)),
        Column("Memory", memory(selector, by), "bytes"),
        Column("of limit", memory_of_limit(selector, by), "percentunit", levels(0.8, 0.95), bar_up_to=1),
        Column("Network", network(selector, by), "bps"),
        Column("Read", disk(selector, by, "read"), "Bps"),
        Column("Written", disk(selector, by, "written"), "Bps"),
        Column("Restarts", restarts(selector, by), "short", [Level(None, "green"), Level(1, "orange")]),
        Column("Up for", uptime, "s"),
    ]


def about_limit(title: str, description: str, unit: str = "percentunit") -> About:
    """Return what a panel is about that shows only containers with a limit."""
    return About(title, f"{description} {NEEDS_LIMIT}", unit)
