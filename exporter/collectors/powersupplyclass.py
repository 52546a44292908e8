"""node_power_supply_*: mains, batteries and UPSes, from /sys/class/power_supply."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import list_or_skip, read_text_or
from exporter.kernel.name_filter import Filter
from exporter.kernel.sysfs import read_int


class Quantity(NamedTuple):
    """A family, and how many of the file's units make one of its own."""

    family: Family
    divisor: int


def _quantities(divisor: int, names: str) -> dict[str, Quantity]:
    """Return the quantities of `file` or `file:name` words, by file; the family is named after the file or `name`."""
    by_file = {}
    for word in names.split():
        file, _, name = word.partition(":")
        help_text = f"{name or file} value of /sys/class/power_supply/<power_supply>."
        family = Family(f"node_power_supply_{name or file}", "gauge", help_text, ("power_supply",))
        by_file[file] = Quantity(family, divisor)
    return by_file


# Documentation/ABI/testing/sysfs-class-power and Documentation/power/power_supply_class.rst: plain numbers, millionths
# (µV, µA, µW, µAh, µWh), tenths of a degree Celsius.
QUANTITIES = {
    **_quantities(
        1,
        "authentic calibrate capacity capacity_alert_max capacity_alert_min cycle_count:cyclecount online present "
        "time_to_empty_now:time_to_empty_seconds time_to_full_now:time_to_full_seconds",
    ),
    **_quantities(
        1_000_000,
        "current_boot current_max current_now:current_ampere energy_empty energy_empty_design energy_full "
        "energy_full_design energy_now:energy_watthour voltage_boot voltage_max voltage_max_design voltage_min "
        "voltage_min_design voltage_now:voltage_volt voltage_ocv charge_control_limit charge_control_limit_max "
        "charge_counter charge_empty charge_empty_design charge_full charge_full_design charge_now:charge_ampere "
        "charge_term_current constant_charge_current constant_charge_current_max constant_charge_voltage "
        "constant_charge_voltage_max precharge_current input_current_limit power_now:power_watt",
    ),
    **_quantities(
        10,
        "temp:temp_celsius temp_alert_max:temp_alert_max_celsius temp_alert_min:temp_alert_min_celsius "
        "temp_ambient:temp_ambient_celsius temp_ambient_max:temp_ambient_max_celsius "
        "temp_ambient_min:temp_ambient_min_celsius temp_max:temp_max_celsius temp_min:temp_min_celsius",
    ),
}
FIXED = ("manufacturer", "model_name", "serial_number", "technology", "type", "scope")
CHANGING = ("capacity_level", "charge_type", "health", "status", "usb_type")
INFO = Family(
    "node_power_supply_info",
    "gauge",
    "info of /sys/class/power_supply/<power_supply>.",
    ("power_supply", *FIXED, *CHANGING),
)
FLAG = "collector.powersupply.ignored-supplies"  # node_exporter's spelling lacks the "class"


class PowersupplyclassOptions(Options, frozen=True, kw_only=True):
    """Which supplies are exposed."""

    ignored_supplies: Annotated[
        str,
        msgspec.Meta(description="Supplies to leave out (regexp).", extra={"flag": f"--{FLAG}"}),
    ] = "^$"


class Powersupplyclass(Collector):
    """Exposes what each supply says of itself."""

    options_type = PowersupplyclassOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._filter = Filter(self.options.ignored_supplies)
        self._devices = Devices(roots.sys / "class" / "power_supply")

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without a supply, ValueError when one is no number."""
        supplies = self._devices.find()
        if not supplies:
            raise NotApplicableError("/sys/class/power_supply has no supply")
        for supply in supplies:
            if self._filter.accepts(supply.name):
                yield from _read(supply)


def _read(supply: Device) -> Iterable[Sample]:
    """Yield one supply's samples; a driver answers ENODATA or ENODEV for what it can't tell now."""
    for name in list_or_skip(supply.path):
        quantity = QUANTITIES.get(name)
        value = read_int(supply.path / name) if quantity else None
        if quantity and value is not None:
            yield Sample(quantity.family, value / quantity.divisor, (supply.name,))
    changing = (read_text_or(supply.path / name) for name in CHANGING)
    yield Sample(INFO, 1, (supply.name, *map(supply.fixed, FIXED), *changing))
