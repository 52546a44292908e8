"""What systemd answers over D-Bus: its units and their properties (org.freedesktop.systemd1(5))."""

from typing import NamedTuple

from exporter.kernel.dbus import Call, Reply, make_call

BUS_NAME, INTERFACE, PATH = "org.freedesktop.systemd1", "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
UNITS_SIGNATURE = "a(ssssssouso)"


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


def read_value(reply: Reply) -> str | int | None:
    """Return a property's value, None where this systemd or this unit has none; raise ValueError."""
    if reply.error:
        return None
    values = reply.values()
    if len(values) != 1 or not isinstance(values[0], str | int):
        raise ValueError(f"expected one property, got {values!r}"[:200])
    return values[0]


def list_units() -> Call:
    """Return the call that lists the units."""
    return make_call(BUS_NAME, PATH, f"{INTERFACE}.Manager", "ListUnits")


def get_property(path: str, interface: str, name: str) -> Call:
    """Return the call that reads one property of a unit, or of systemd itself at `PATH`."""
    return make_call(BUS_NAME, path, "org.freedesktop.DBus.Properties", "Get", f"{INTERFACE}.{interface}", name)
