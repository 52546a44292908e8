"""node_thermal_zone_temp, node_cooling_device_*: temperatures and what cools, from /sys/class/thermal.

The files: Documentation/driver-api/thermal/sysfs-api.rst.
"""

import re
from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Devices
from exporter.kernel.sysfs import read_int

TEMPERATURE = Family("node_thermal_zone_temp", "gauge", "Zone temperature in Celsius", ("zone", "type"))
CURRENT = Family(
    "node_cooling_device_cur_state", "gauge", "Current throttle state of the cooling device", ("name", "type")
)
MAXIMUM = Family(
    "node_cooling_device_max_state", "gauge", "Maximum throttle state of the cooling device", ("name", "type")
)
NAME = re.compile(r"(thermal_zone|cooling_device)\d")
MILLIDEGREES = 1000


class ThermalZone(Collector):
    """Exposes the zones' temperatures and the cooling devices' states."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "thermal", NAME.match)

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without any zone or device, ValueError for no number.

        A zone that is off answers EAGAIN or EINVAL, and is left out.
        """
        devices = self._devices.find()
        if not devices:
            raise NotApplicableError("/sys/class/thermal has no zone")
        for device in devices:
            is_zone = device.name.startswith("thermal_zone")
            labels = (device.name.removeprefix("thermal_zone" if is_zone else "cooling_device"), device.fixed("type"))
            value = read_int(device.path / ("temp" if is_zone else "cur_state"))
            if value is None:
                continue
            if is_zone:
                yield Sample(TEMPERATURE, value / MILLIDEGREES, labels)
                continue
            yield Sample(CURRENT, value, labels)
            if maximum := device.fixed("max_state"):
                yield Sample(MAXIMUM, int(maximum), labels)
