"""The properties of systemd's units that become families of node_systemd_*."""

from typing import NamedTuple

from exporter.exposition.text import Family


class Property(NamedTuple):
    """A family that is a property of each unit whose name ends so; `divisor` of its units make one of the family's."""

    suffix: str
    interface: str
    name: str
    family: Family
    divisor: int = 1


def _family(name: str, kind: str, help_text: str) -> Family:
    return Family(f"node_systemd_{name}", "counter" if kind == "counter" else "gauge", help_text, ("name",))


LAST_TRIGGER = Property(
    ".timer",
    "Timer",
    "LastTriggerUSec",
    _family("timer_last_trigger_seconds", "gauge", "Seconds since epoch of last trigger."),
    1_000_000,
)
SOCKETS = (
    Property(
        ".socket",
        "Socket",
        "NAccepted",
        _family("socket_accepted_connections_total", "counter", "Total number of accepted socket connections"),
    ),
    Property(
        ".socket",
        "Socket",
        "NConnections",
        _family("socket_current_connections", "gauge", "Current number of socket connections"),
    ),
    # A gauge in node_exporter too, for all its name.
    Property(
        ".socket",
        "Socket",
        "NRefused",
        _family("socket_refused_connections_total", "gauge", "Total number of refused socket connections"),
    ),
)
RESTARTS = Property(
    ".service",
    "Service",
    "NRestarts",
    _family("service_restart_total", "counter", "Service unit count of Restart triggers"),
)
TASKS = (
    Property(
        ".service",
        "Service",
        "TasksCurrent",
        _family("unit_tasks_current", "gauge", "Current number of tasks per Systemd unit"),
    ),
    Property(
        ".service",
        "Service",
        "TasksMax",
        _family("unit_tasks_max", "gauge", "Maximum number of tasks per Systemd unit"),
    ),
)
START_TIME = Property(
    "",
    "Unit",
    "ActiveEnterTimestamp",
    _family("unit_start_time_seconds", "gauge", "Start time of the unit since unix epoch in seconds."),
    1_000_000,
)
