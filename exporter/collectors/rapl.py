"""node_rapl_*_joules_total: the energy that CPU packages and memory used, from /sys/class/powercap."""

import errno
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import read_text

MICROJOULES = 1_000_000
WITH_ZONE = Family("node_rapl_joules_total", "counter", "Current RAPL value in joules", ("index", "path", "rapl_zone"))
NUMBERED = re.compile(r"([^-]*)-(\d+)")


class Zone(NamedTuple):
    """A power zone by its name without the number, and that number, or its place among those of the same name."""

    device: Device
    name: str
    number: str


def number_zones(named: Sequence[tuple[Device, str]]) -> list[Zone]:
    """Return the zones of (device, name as in /sys): `package-0` has its number, a second `dram` gets 1."""
    zones, counts = [], dict[str, int]()
    for device, text in named:
        match = NUMBERED.fullmatch(text)
        name, number = (match[1], int(match[2])) if match else (text, counts.get(text, 0))
        counts[name] = number + 1
        zones.append(Zone(device, name, str(number)))
    return zones


class RaplOptions(Options, frozen=True, kw_only=True):
    """How the zones are told apart."""

    enable_zone_label: Annotated[
        bool, msgspec.Meta(description="One metric with the label rapl_zone rather than one for each zone's name.")
    ] = False


class Rapl(Collector):
    """Exposes the energy counters (Documentation/power/powercap/powercap.rst)."""

    options_type = RaplOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "powercap")
        self._families: dict[str, Family] = {}

    def collect(self) -> Iterable[Sample]:
        """Yield the counters; raise NotApplicableError without zones or without the right to read them.

        Raises ValueError when a counter is no number. Since Linux 5.10 only root may read them: they tell too much.
        """
        zones = number_zones([(zone, name) for zone in self._devices.find() if (name := zone.fixed("name"))])
        if not zones:
            raise NotApplicableError("/sys/class/powercap has no zone")
        for zone in zones:
            try:
                joules = int(read_text(zone.device.path / "energy_uj")) / MICROJOULES
            except OSError as error:
                if error.errno == errno.EACCES:
                    raise NotApplicableError(f"{error.filename}: only root may read it") from error
                continue
            yield self._sample(zone, joules)

    def _sample(self, zone: Zone, joules: float) -> Sample:
        # The zone's path on the host itself, wherever its /sys is mounted for us.
        path = f"/sys/class/powercap/{zone.device.name}"
        if self.options.enable_zone_label:
            return Sample(WITH_ZONE, joules, (zone.number, path, zone.name))
        name = f"node_rapl_{re.sub('[^a-zA-Z0-9_]', '_', zone.name)}_joules_total"
        family = self._families.get(name)
        if family is None:
            help_text = f"Current RAPL {zone.name} value in joules"
            family = self._families[name] = Family(name, "counter", help_text, ("index", "path"))
        return Sample(family, joules, (zone.number, path))
