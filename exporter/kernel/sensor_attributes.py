"""What the attributes of a hardware sensor mean (Documentation/hwmon/sysfs-interface.rst)."""

import re
from typing import NamedTuple

from exporter.exposition.text import Family, Kind

LABELS = ("chip", "sensor")
MILLI, MICRO = 1_000, 1_000_000  # what a file's number is divided by


class Meaning(NamedTuple):
    """The family of an attribute, and what its number is divided by to be in the family's unit."""

    family: Family
    divisor: int = 1


def _gauge(name: str, help_text: str, divisor: int = 1) -> Meaning:
    return Meaning(Family(name, "gauge", help_text, LABELS), divisor)


# Attributes of a chip rather than of one of its sensors.
OF_CHIP = {
    "beep_enable": _gauge("node_hwmon_beep_enabled", "Hardware beep enabled"),
    "vrm": _gauge("node_hwmon_voltage_regulator_version", "Hardware voltage regulator"),
    "update_interval": _gauge("node_hwmon_update_interval_seconds", "Hardware monitor update interval", MILLI),
}
# Elements that mean the same for every kind of sensor: suffix and help.
OF_ANY = {
    "fault": ("", "Hardware sensor fault status ({kind})"),
    "alarm": ("", "Hardware sensor alarm status ({kind})"),
    "beep": ("_enabled", "Hardware monitor sensor has beeping enabled"),
}
AVERAGING = ("_seconds", "Hardware monitor power usage update interval ({element})", MILLI)
FAN_SPEED = ("_rpm", "Hardware monitor for fan revolutions per minute ({element})", 1)
# Elements that are not in the unit of their kind: suffix, help and divisor.
EXCEPTIONS = {
    ("power", "accuracy"): ("", "Hardware monitor power meter accuracy, as a ratio", MICRO),
    ("power", "average_interval"): AVERAGING,
    ("power", "average_interval_min"): AVERAGING,
    ("power", "average_interval_max"): AVERAGING,
    ("temp", "type"): ("", "Hardware monitor temp element type", 1),
    ("fan", "input"): FAN_SPEED,
    ("fan", "min"): FAN_SPEED,
    ("fan", "max"): FAN_SPEED,
    ("fan", "target"): FAN_SPEED,
    ("freq", "input"): ("_freq_mhz", "Hardware monitor for GPU frequency in MHz", MICRO),
}
HUMIDITY = (
    "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) ({element})"
)
VOLTAGE = ("_volts", "Hardware monitor for voltage ({element})", MILLI)
UNITS = {
    "in": VOLTAGE,
    "cpu": VOLTAGE,
    "temp": ("_celsius", "Hardware monitor for temperature ({element})", MILLI),
    "curr": ("_amps", "Hardware monitor for current ({element})", MILLI),
    "energy": ("_joule_total", "Hardware monitor for joules used so far ({element})", MICRO),
    "power": ("_watt", "Hardware monitor for power usage in watts ({element})", MICRO),
    "humidity": ("", HUMIDITY, MICRO),
}
UNKNOWN = ("", "Hardware monitor {kind} element {element}", 1)


def clean(name: str) -> str:
    """Return a name as node_exporter puts it into labels and metric names."""
    return re.sub("[^a-z0-9:_]", "_", name.lower()).strip("_")


def describe(kind: str, element: str, *, has_bare: bool) -> Meaning:
    """Return what an attribute means: element `max` of a sensor of kind `temp`, say.

    `has_bare` says whether the sensor has an attribute without element beside `input`, which then needs a name.
    """
    if kind in OF_CHIP:
        return OF_CHIP[kind]
    name = f"node_hwmon_{kind}"
    if element != "input":
        name += f"_{clean(element)}" if element else ""
    elif has_bare:
        name += "_input"
    if element in OF_ANY:
        suffix, text = OF_ANY[element]
        return _gauge(name + suffix, text.format(kind=kind))
    suffix, text, divisor = EXCEPTIONS.get((kind, element)) or UNITS.get(kind) or UNKNOWN
    shown = "input" if kind == "temp" and not element else element
    family_kind: Kind = "counter" if kind == "energy" else "gauge"
    return Meaning(Family(name + suffix, family_kind, text.format(kind=kind, element=shown), LABELS), divisor)
