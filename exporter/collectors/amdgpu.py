"""amd_gpu_*: load, memory, heat, power and memory errors of AMD GPUs, from /sys/class/drm."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from exporter.base.calls import Identity
from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Kind, Sample
from exporter.gpus.amd_cards import CARD, is_amdgpu
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import list_or_skip, read_text_or
from exporter.parsing.items import item
from exporter.parsing.numbers import natural, whole

# The names, labels and units of AMD's device-metrics-exporter, with the prefix that its operator gives them. What the
# collector drm tells of the same cards has node_exporter's names.
LABELS = ("gpu_id", "card_model", "serial_number", "gpu_uuid", "hostname")
MIB, MICROWATTS, MILLIDEGREES, HERTZ_PER_MHZ = 1 << 20, 1_000_000, 1000, 1_000_000


def _family(name: str, help_text: str, *labels: str, kind: Kind = "gauge") -> Family:
    return Family(f"amd_gpu_{name}", kind, help_text, (*LABELS, *labels))


ACTIVITY = {
    "gpu_busy_percent": _family("gfx_activity", "How busy the graphics engine is (in %)."),
    "mem_busy_percent": _family("umc_activity", "How busy the memory controller is (in %)."),
}
MEMORY = {
    f"mem_info_{kind}_{of}": _family(f"{name}_{kind}", f"{name.capitalize()} {text} memory (in MiB).")
    for kind, text in (("vram", "video"), ("vis_vram", "visible video"), ("gtt", "graphics translation table"))
    for of, name in (("total", "total"), ("used", "used"))
}
REPLAYS = _family("pcie_replay_count", "How often PCIe sent a packet again.", kind="counter")
POWER = _family("average_package_power", "Average power (in W).")
POWER_NOW = _family("power_usage", "Power now (in W).")
POWER_CAP = _family("power_cap", "Power limit (in W).")
TEMPERATURES = {
    "edge": _family("edge_temperature", "Temperature at the die's edge (in C)."),
    "junction": _family("junction_temperature", "Temperature of the hottest point (in C)."),
    "mem": _family("memory_temperature", "Temperature of the memory (in C)."),
}
CLOCK = _family("clock", "Clock (in MHz).", "clock_type")
CLOCKS = {"sclk": "GPU_CLOCK_TYPE_SYSTEM", "mclk": "GPU_CLOCK_TYPE_MEMORY"}
ECC = {
    "ue": _family("ecc_uncorrect_total", "Memory errors that could not be corrected, of all blocks.", kind="counter"),
    "ce": _family("ecc_correct_total", "Memory errors that were corrected, of all blocks.", kind="counter"),
}
ERROR_COUNT = re.compile(r".+_err_count")
ERRORS = re.compile(r"(ue|ce): (.*)")


class Amdgpu(Collector):
    """Exposes the cards that the driver amdgpu runs; an attribute that a card lacks is left out."""

    def __init__(self, roots: Roots, identity: Identity, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "drm", CARD.fullmatch)
        self._identity = identity

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without such a card."""
        cards = [card for card in self._devices.find() if is_amdgpu(card)]
        if not cards:
            raise NotApplicableError("no card in /sys/class/drm has the driver amdgpu")
        host = self._identity.uname().nodename
        for number, card in enumerate(cards):
            names = (card.fixed(f"device/{name}") for name in ("product_name", "serial_number", "unique_id"))
            yield from _read(card, (str(number), *names, host))


def _read(card: Device, labels: tuple[str, ...]) -> Iterator[Sample]:
    folder = card.path / "device"
    if read_text_or(folder / "power" / "runtime_status") == "suspended":
        return  # to read the rest would wake it
    yield from _read_numbers(folder, ACTIVITY, labels)
    yield from _read_numbers(folder, MEMORY, labels, MIB)
    yield from _read_numbers(folder, {"pcie_replay_count": REPLAYS}, labels)
    for name in list_or_skip(folder / "hwmon"):
        yield from _read_sensors(folder / "hwmon" / name, labels)
    yield from _read_errors(folder / "ras", labels)


def _read_numbers(
    folder: Path, families: Mapping[str, Family], labels: tuple[str, ...], divisor: int = 1
) -> Iterator[Sample]:
    for name, family in families.items():
        if text := read_text_or(folder / name):
            with item(folder / name):
                value = whole(text)
                yield Sample(family, value / divisor, labels)


def _read_sensors(folder: Path, labels: tuple[str, ...]) -> Iterator[Sample]:
    powers = {"power1_average": POWER, "power1_input": POWER_NOW, "power1_cap": POWER_CAP}
    yield from _read_numbers(folder, powers, labels, MICROWATTS)
    for name in list_or_skip(folder):
        kind, is_label, _ = name.partition("_label")
        if not is_label:
            continue
        text = read_text_or(folder / name)
        if kind.startswith("temp") and text in TEMPERATURES:
            yield from _read_numbers(folder, {f"{kind}_input": TEMPERATURES[text]}, labels, MILLIDEGREES)
        elif kind.startswith("freq") and text in CLOCKS:
            yield from _read_numbers(folder, {f"{kind}_input": CLOCK}, (*labels, CLOCKS[text]), HERTZ_PER_MHZ)


def _read_errors(folder: Path, labels: tuple[str, ...]) -> Iterator[Sample]:
    """Yield the sums of the errors of all blocks that the card counts them for (RAS)."""
    sums: dict[str, int] = {}
    for name in list_or_skip(folder):
        if not ERROR_COUNT.fullmatch(name):
            continue
        for line in read_text_or(folder / name).split("\n"):
            if match := ERRORS.fullmatch(line):
                with item(f"{folder / name}: {match[1]}"):
                    sums[match[1]] = sums.get(match[1], 0) + natural(match[2])
    for kind, count in sums.items():
        yield Sample(ECC[kind], count, labels)
