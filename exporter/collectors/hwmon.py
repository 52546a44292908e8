"""node_hwmon_*: temperatures, fans, voltages and the like, from /sys/class/hwmon."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample, labels, number, render
from exporter.kernel.files import list_folder, list_or_skip, read_text_or
from exporter.kernel.name_filter import Filter
from exporter.kernel.sensor_attributes import LABELS, clean, describe
from exporter.parsing.items import item
from exporter.parsing.numbers import real

CHIP_NAMES = Family(
    "node_hwmon_chip_names", "gauge", "Annotation metric for human-readable chip names", ("chip", "chip_name")
)
SENSOR_LABEL = Family(
    "node_hwmon_sensor_label", "gauge", "Label for given chip and sensor", ("chip", "label", "sensor")
)
ATTRIBUTE = re.compile(r"(?P<kind>[^0-9]+)(?P<number>[0-9]{0,9})(_(?P<element>.+))?")
KINDS = frozenset({
    "vrm", "beep_enable", "update_interval", "in", "cpu", "fan", "pwm",
    "temp", "curr", "power", "energy", "humidity", "intrusion", "freq",
})  # fmt: skip


class Attribute(NamedTuple):
    """A file of a sensor: `temp1_max` is element `max` of sensor `temp1`, of kind `temp`."""

    path: Path
    kind: str
    sensor: str
    element: str


class Chip(NamedTuple):
    """A folder of /sys/class/hwmon: where it leads to, and the files there and in its device's folder."""

    folder: Path
    target: str
    files: Sequence[str]
    device_files: Sequence[str]


def parse_attributes(chip: Chip) -> Iterator[Attribute]:
    """Yield the sensor files of a chip, where the device's folder takes precedence over the chip's own."""
    attributes = {}
    for folder, names in ((chip.folder, chip.files), (chip.folder / "device", chip.device_files)):
        for name in names:
            match = ATTRIBUTE.fullmatch(name)
            # `power` alone is the folder of the kernel's power management.
            if match and match["kind"] in KINDS and name != "power":
                sensor = f"{match['kind']}{int(match['number'] or 0)}"
                attributes[sensor, match["element"]] = Attribute(
                    folder / name, match["kind"], sensor, match["element"] or ""
                )
    yield from attributes.values()


def name_chips(chips: Sequence[Chip]) -> dict[str, Chip]:
    """Return the chips by the names that don't change with the order in which drivers load.

    Where some share one device, its name is made unique by the chip's `name`, or else by its number.
    """
    bases = [_device_name(chip) or _chip_name(chip) or clean(chip.folder.name) for chip in chips]
    pairs = [(base, _chip_name(chip)) for base, chip in zip(bases, chips, strict=True)]
    of_base, of_pair = Counter(bases), Counter(pairs)
    named = {}
    for chip, (base, name) in zip(chips, pairs, strict=True):
        suffix = name if name and of_pair[base, name] == 1 else clean(chip.folder.name)
        named[base if of_base[base] == 1 else f"{base}_{suffix}"] = chip
    return named


def _device_name(chip: Chip) -> str:
    """Return the chip's device with what it hangs on: `platform_coretemp_0`; "" when it has none."""
    device = chip.folder / "device"
    if not device.exists():
        return ""
    path = Path(os.path.realpath(device))
    return "_".join(filter(None, (clean(path.parent.name), clean(path.name))))


def _chip_name(chip: Chip) -> str:
    return clean(read_text_or(chip.folder / "name"))


class HwmonOptions(Options, frozen=True, kw_only=True):
    """Which chips and sensors are exposed; a sensor's name is `<chip>;<sensor>`."""

    chip_include: Annotated[str, msgspec.Meta(description="Chips to keep (regexp).")] = ""
    chip_exclude: Annotated[str, msgspec.Meta(description="Chips to leave out (regexp).")] = ""
    sensor_include: Annotated[str, msgspec.Meta(description="Sensors to keep (regexp).")] = ""
    sensor_exclude: Annotated[str, msgspec.Meta(description="Sensors to leave out (regexp).")] = ""


class Reading(NamedTuple):
    """A file that a scrape reads, the text that stands before its value, and what the value is divided by."""

    prefix: str
    path: Path
    divisor: int


class Hwmon(Collector):
    """Exposes every sensor of every chip.

    What the chips have is found anew when a folder's names change; a scrape reads the values alone.
    """

    options_type = HwmonOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "class" / "hwmon"
        self._chip_filter = Filter(self.options.chip_exclude, self.options.chip_include)
        self._sensor_filter = Filter(self.options.sensor_exclude, self.options.sensor_include)
        self._chips: Sequence[Chip] = ()
        self._names = b""
        self._plan: dict[str, tuple[Family, dict[str, Reading]]] = {}

    def page(self) -> bytes:
        """Return the sensors' values; raise NotApplicableError on a machine without any, as most VMs are."""
        chips = [chip for name in list_folder(self._folder) if (chip := _look(self._folder / name)).files]
        if not chips:
            raise NotApplicableError("no chip in /sys/class/hwmon")
        if chips != self._chips:
            self._make_plan(chips)
            self._chips = chips
        return self._names + b"".join(_read(family, readings.values()) for family, readings in self._plan.values())

    def _make_plan(self, chips: Sequence[Chip]) -> None:
        self._plan = {}
        samples: list[Sample] = []
        for name, chip in name_chips(chips).items():
            if not self._chip_filter.accepts(name):
                continue
            if kind := _chip_name(chip):
                samples.append(Sample(CHIP_NAMES, 1, (name, kind)))
            attributes = [
                attribute
                for attribute in parse_attributes(chip)
                if self._sensor_filter.accepts(f"{name};{attribute.sensor}")
            ]
            texts = {
                attribute.sensor: read_text_or(attribute.path)
                for attribute in attributes
                if attribute.element == "label"
            }
            samples += [Sample(SENSOR_LABEL, 1, (name, text, sensor)) for sensor, text in texts.items()]
            self._plan_chip(name, attributes, texts)
        self._names = render(samples)

    def _plan_chip(self, chip: str, attributes: Sequence[Attribute], texts: dict[str, str]) -> None:
        bare = {attribute.sensor for attribute in attributes if not attribute.element}
        for attribute in attributes:
            # A GPU's clock is told apart by its label alone.
            is_clock = attribute.kind == "freq" and attribute.element == "input"
            sensor = clean(texts.get(attribute.sensor, "")) if is_clock else attribute.sensor
            if attribute.element == "label" or not sensor:
                continue
            family, divisor = describe(attribute.kind, attribute.element, has_bare=attribute.sensor in bare)
            prefix = family.name + labels(LABELS, (chip, sensor))
            readings = self._plan.setdefault(family.name, (family, {}))[1]
            readings.setdefault(prefix, Reading(prefix, attribute.path, divisor))


def _look(folder: Path) -> Chip:
    try:
        target = os.readlink(folder)  # noqa: PTH115 - half the cost of Path.readlink, at every scrape
    except OSError:
        target = ""
    return Chip(folder, target, list_or_skip(folder), list_or_skip(folder / "device"))


def _read(family: Family, readings: Iterable[Reading]) -> bytes:
    """Return a family's text; a sensor that can't be read is left out, one that says no number skipped."""
    lines = []
    for prefix, path, divisor in readings:
        if text := read_text_or(path):
            with item(path):
                lines.append(f"{prefix} {number(real(text) / divisor)}\n")
    return family.header() + "".join(lines).encode() if lines else b""
