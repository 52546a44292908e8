"""node_systemd_*: states of units, last runs of timers and connections of sockets, asked of systemd over D-Bus.

The interfaces: org.freedesktop.systemd1(5).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.calls import DBusCalls
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Memo, Sample, render
from exporter.kernel.dbus import Call, Connection, Reply, make_call
from exporter.kernel.name_filter import Filter

BUS_NAME, INTERFACE, PATH = "org.freedesktop.systemd1", "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
UNITS_SIGNATURE = "a(ssssssouso)"
STATES = ("active", "activating", "deactivating", "inactive", "failed")
DEADLINE_SECONDS = 1.5
# A unit has the type that it was loaded with: it changes only when somebody edits the unit.
TYPES_SECONDS = 60.0
UNIT_TYPES = {".service": "Service", ".mount": "Mount"}
UNLIMITED = 2**64 - 1
VERSION_NUMBER = re.compile(r"[0-9]{3,}(\.[0-9]+)?")

VERSION = Family("node_systemd_version", "gauge", "Detected systemd version", ("version",))
VIRTUALIZATION = Family(
    "node_systemd_virtualization_info", "gauge", "Detected virtualization technology", ("virtualization_type",)
)
RUNNING = Family(
    "node_systemd_system_running", "gauge", "Whether the system is operational (see 'systemctl is-system-running')"
)
UNITS = Family("node_systemd_units", "gauge", "Summary of systemd unit states", ("state",))
STATE = Family("node_systemd_unit_state", "gauge", "Systemd unit", ("name", "state", "type"))


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


class Unit(NamedTuple):
    """What ListUnits tells of a unit, as far as it matters here."""

    name: str
    load_state: str
    active_state: str
    path: str


def parse_units(reply: Reply) -> list[Unit]:
    """Return the units of ListUnits's reply; raise ConnectionError when it failed, ValueError when it is another."""
    if not reply.error and reply.signature != UNITS_SIGNATURE:
        raise ValueError(f"ListUnits: expected {UNITS_SIGNATURE}, got {reply.signature[:80]!r}")
    (rows,) = reply.values()
    assert isinstance(rows, list)
    return [Unit(name, load, active, path) for name, _, load, active, _, _, path, *_ in rows]


def value_of(reply: Reply) -> str | int | None:
    """Return a property's value, None where this systemd or this unit has none; raise ValueError."""
    if reply.error:
        return None
    values = reply.values()
    if len(values) != 1 or not isinstance(values[0], str | int):
        raise ValueError(f"expected one property, got {values!r}"[:200])
    return values[0]


def describe_system(version: str | int | None, virtualization: str | int | None, state: object) -> Iterable[Sample]:
    """Yield what systemd is and whether it is content; no virtualization is bare metal."""
    number = VERSION_NUMBER.search(str(version))
    yield Sample(VERSION, float(number[0]) if number else 0, (str(version) if number else "",))
    yield Sample(VIRTUALIZATION, 1, ("unknown" if virtualization is None else str(virtualization) or "none",))
    if state is not None:
        yield Sample(RUNNING, int(state == "running"))


def describe_units(units: Sequence[Unit], chosen: Sequence[Unit], types: Mapping[str, str]) -> Iterable[Sample]:
    """Yield how many units are in each state, and the state of each of those chosen."""
    counts = Counter(unit.active_state for unit in units)
    yield from (Sample(UNITS, counts[state], (state,)) for state in dict.fromkeys((*STATES, *sorted(counts))))
    for unit in chosen:
        for state in STATES:
            yield Sample(STATE, int(unit.active_state == state), (unit.name, state, types.get(unit.name, "")))


class SystemdOptions(Options, frozen=True, kw_only=True):
    """Which units are exposed, and what of them."""

    unit_include: Annotated[
        str, msgspec.Meta(description="Units to keep (regexp of the whole name), unless they are left out.")
    ] = ".+"
    unit_exclude: Annotated[str, msgspec.Meta(description="Units to leave out (regexp of the whole name).")] = (
        r".+\.(automount|device|mount|scope|slice)"
    )
    enable_task_metrics: Annotated[bool, msgspec.Meta(description="Expose the tasks of each service.")] = False
    enable_restarts_metrics: Annotated[
        bool, msgspec.Meta(description="Expose how often each service was restarted.")
    ] = False
    enable_start_time_metrics: Annotated[bool, msgspec.Meta(description="Expose since when each unit is active.")] = (
        False
    )


class Systemd(Collector):
    """Exposes the states of the units that the filter leaves."""

    options_type = SystemdOptions

    def __init__(self, roots: Roots, dbus: DBusCalls, options: object = None) -> None:
        super().__init__(roots, options)
        self._dbus = dbus
        chosen = self.options
        self._filter = Filter(f"^(?:{chosen.unit_exclude})$", f"^(?:{chosen.unit_include})$")
        self._properties = [
            LAST_TRIGGER,
            *SOCKETS,
            *([RESTARTS] if chosen.enable_restarts_metrics else []),
            *(TASKS if chosen.enable_task_metrics else []),
            *([START_TIME] if chosen.enable_start_time_metrics else []),
        ]
        self._booted = roots.root / "run" / "systemd" / "system"
        self._listed: tuple[Reply | None, list[Unit], list[Unit]] = (None, [], [])
        self._types: dict[str, str] = {}
        self._types_end = 0.0
        self._memo = Memo()

    def page(self) -> bytes:
        """Return the gauges and counters; raise NotApplicableError without systemd, OSError, ValueError."""
        if not self._booted.exists():  # sd_booted(3)
            raise NotApplicableError("/run/systemd/system: systemd does not run here")
        with self._connect() as connection:
            *system, listing = connection.ask(
                [
                    *(_get(PATH, "Manager", name) for name in ("Version", "Virtualization", "SystemState")),
                    make_call(BUS_NAME, PATH, f"{INTERFACE}.Manager", "ListUnits"),
                ]
            )
            units, chosen = self._parse(listing)
            types = self._ask_types(connection, chosen)
            samples = self._ask_properties(connection, chosen)
        page = self._memo.get((listing, types), lambda: describe_units(units, chosen, types))
        return render(describe_system(*map(value_of, system))) + page + render(samples)

    def _connect(self) -> Connection:
        """Return a connection to the system bus, or where there is none to systemd itself, which only root may do."""
        run = self.roots.root / "run"
        try:
            channel = self._dbus.connect(run / "dbus" / "system_bus_socket", DEADLINE_SECONDS)
        except (FileNotFoundError, ConnectionRefusedError):
            channel = self._dbus.connect(run / "systemd" / "private", DEADLINE_SECONDS)
            return Connection(channel, DEADLINE_SECONDS, is_bus=False)
        return Connection(channel, DEADLINE_SECONDS, is_bus=True)

    def _parse(self, listing: Reply) -> tuple[list[Unit], list[Unit]]:
        """Return all units and those chosen; states seldom change, so that the same bytes are not parsed again."""
        if listing != self._listed[0]:
            units = parse_units(listing)
            chosen = [unit for unit in units if unit.load_state == "loaded" and self._filter.accepts(unit.name)]
            self._listed = (listing, units, chosen)
        return self._listed[1:]

    def _ask_types(self, connection: Connection, units: Sequence[Unit]) -> dict[str, str]:
        """Return the types of the services and mounts, asked for when one is unknown, and else every minute."""
        typed = [(unit, kind) for unit in units for suffix, kind in UNIT_TYPES.items() if unit.name.endswith(suffix)]
        if monotonic() >= self._types_end or not all(unit.name in self._types for unit, _ in typed):
            replies = connection.ask([_get(unit.path, kind, "Type") for unit, kind in typed])
            values = map(value_of, replies)
            self._types = {unit.name: str(value or "") for (unit, _), value in zip(typed, values, strict=True)}
            self._types_end = monotonic() + TYPES_SECONDS
        return self._types

    def _ask_properties(self, connection: Connection, units: Sequence[Unit]) -> list[Sample]:
        """Return the properties that the units have; those of a unit that went away meanwhile are left out."""
        wanted = [(one, unit) for one in self._properties for unit in units if unit.name.endswith(one.suffix)]
        stopped = [pair for pair in wanted if pair[0] is START_TIME and pair[1].active_state != "active"]
        asked = [pair for pair in wanted if pair not in stopped] if stopped else wanted
        values = map(value_of, connection.ask([_get(unit.path, one.interface, one.name) for one, unit in asked]))
        return [
            *(Sample(one.family, 0, (unit.name,)) for one, unit in stopped),
            *(
                Sample(one.family, value / one.divisor, (unit.name,))
                for (one, unit), value in zip(asked, values, strict=True)
                if isinstance(value, int) and value != UNLIMITED
            ),
        ]


def _get(path: str, interface: str, name: str) -> Call:
    return make_call(BUS_NAME, path, "org.freedesktop.DBus.Properties", "Get", f"{INTERFACE}.{interface}", name)
