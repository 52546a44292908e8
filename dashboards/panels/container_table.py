"""The table of containers that several boards show."""

from dashboards.panels import container_promql
from dashboards.panels.metadata import Metadata
from dashboards.panels.table import Column, LabelStyle
from dashboards.panels.thresholds import ONE_WARNS, thresholds

CONTAINER_HEADINGS = {"dc": "Datacenter", "instance": "Host", "name": "Container"}
CONTAINER_LABEL_STYLES = {"Container": LabelStyle(width_pixels=150)}
NEEDS_LIMIT = "Containers without a limit are left out."


def container_columns(selector: str, by: str) -> list[Column]:
    """Return the columns of containers' state, cost and health."""
    uptime = f"time() - max by ({by}) (container_start_time_seconds{{{selector}}})"
    state = {"state": "State", "image": "Image"}
    return [
        Column("", f"max by ({by}, state, image) (vigie_container_state{{{selector}}})", labels=state),
        Column("CPU", container_promql.cpu(selector, by), "short"),
        Column("Throttled", container_promql.throttled(selector, by), "percentunit", thresholds(0.1, 0.25)),
        Column("Memory", container_promql.memory(selector, by), "bytes"),
        Column(
            "of limit",
            container_promql.memory_of_limit(selector, by),
            "percentunit",
            thresholds(0.8, 0.95),
            gauge_max=1,
        ),
        Column("Network", container_promql.network(selector, by), "bps"),
        Column("Read", container_promql.disk(selector, by, "read"), "Bps"),
        Column("Written", container_promql.disk(selector, by, "written"), "Bps"),
        Column("Restarts", container_promql.restarts(selector, by), "short", ONE_WARNS),
        Column("Up for", uptime, "s"),
    ]


def limit_metadata(title: str, description: str, unit: str = "percentunit") -> Metadata:
    """Return the metadata of a panel that shows only containers with a limit."""
    return Metadata(title, f"{description} {NEEDS_LIMIT}", unit)
