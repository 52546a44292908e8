"""node_systemd_*: states of units, last runs of timers and connections of sockets, as systemd tells over D-Bus."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Annotated

import msgspec

from exporter.base.calls import DBusCalls
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Memo, Sample, render
from exporter.kernel.dbus import Connection, Reply
from exporter.kernel.name_filter import Filter
from exporter.kernel.systemd import PATH, Unit, get_property, list_units, parse_units, read_value
from exporter.kernel.systemd_properties import LAST_TRIGGER, RESTARTS, SOCKETS, START_TIME, TASKS

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
                    *(get_property(PATH, "Manager", name) for name in ("Version", "Virtualization", "SystemState")),
                    list_units(),
                ]
            )
            units, chosen = self._parse(listing)
            types = self._ask_types(connection, chosen)
            samples = self._ask_properties(connection, chosen)
        page = self._memo.get((listing, types), lambda: describe_units(units, chosen, types))
        return render(describe_system(*map(read_value, system))) + page + render(samples)

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
            replies = connection.ask([get_property(unit.path, kind, "Type") for unit, kind in typed])
            values = map(read_value, replies)
            self._types = {unit.name: str(value or "") for (unit, _), value in zip(typed, values, strict=True)}
            self._types_end = monotonic() + TYPES_SECONDS
        return self._types

    def _ask_properties(self, connection: Connection, units: Sequence[Unit]) -> list[Sample]:
        """Return the properties that the units have; those of a unit that went away meanwhile are left out."""
        pairs = [(source, unit) for source in self._properties for unit in units if unit.name.endswith(source.suffix)]
        stopped = [pair for pair in pairs if pair[0] is START_TIME and pair[1].active_state != "active"]
        read = [pair for pair in pairs if pair not in stopped] if stopped else pairs
        calls = [get_property(unit.path, source.interface, source.name) for source, unit in read]
        values = map(read_value, connection.ask(calls))
        return [
            *(Sample(source.family, 0, (unit.name,)) for source, unit in stopped),
            *(
                Sample(source.family, value / source.divisor, (unit.name,))
                for (source, unit), value in zip(read, values, strict=True)
                if isinstance(value, int) and value != UNLIMITED
            ),
        ]
