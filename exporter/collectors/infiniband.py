"""node_infiniband_*: RDMA devices and their ports (Documentation/ABI/stable/sysfs-class-infiniband)."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import list_folder, list_or_skip, read_text_or
from exporter.kernel.infiniband_counters import (
    COUNTERS,
    EXTENDED_COUNTERS,
    INFO,
    LIFESPAN,
    PHYSICAL_STATE,
    RATE,
    STATE,
)
from exporter.kernel.infiniband_hardware import HARDWARE
from exporter.kernel.name_filter import Filter
from exporter.parsing.items import item
from exporter.parsing.numbers import natural, real

WORD_BYTES = 4  # `port_*_data` counts words of four bytes, which are an octet of each of a link's four lanes
ABSENT = "N/A"
BYTES_PER_GIGABIT = 125_000_000
WORDS = frozenset({"port_rcv_data", "port_xmit_data", "port_rcv_data_64", "port_xmit_data_64"})


def parse_state(text: str) -> int:
    """Return the number of `4: ACTIVE`; raise ValueError."""
    return natural(text.partition(":")[0])


def parse_rate(text: str) -> int:
    """Return the bytes a second of `100 Gb/sec (4X EDR)`; raise ValueError."""
    return int(real(text.partition(" ")[0]) * BYTES_PER_GIGABIT)


class InfinibandOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed."""

    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""
    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = ""


class Infiniband(Collector):
    """Exposes the devices and each port's state and counters."""

    options_type = InfinibandOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._filter = Filter(self.options.device_exclude, self.options.device_include)

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError without such a device, ValueError."""
        folder = self.roots.sys / "class" / "infiniband"
        devices = list_folder(folder)
        if not devices:
            raise NotApplicableError("no device in /sys/class/infiniband")
        for device in filter(self._filter.accepts, devices):
            texts = [read_text_or(folder / device / name) for name in ("board_id", "fw_ver", "hca_type")]
            yield Sample(INFO, 1, (texts[0], device, *texts[1:]))
            for port in list_or_skip(folder / device / "ports"):
                yield from _read_port(folder / device / "ports" / port, (device, port))


def _read_port(folder: Path, labels: tuple[str, str]) -> Iterator[Sample]:
    for name, family, parse in (
        ("state", STATE, parse_state),
        ("phys_state", PHYSICAL_STATE, parse_state),
        ("rate", RATE, parse_rate),
    ):
        if text := read_text_or(folder / name):
            with item(folder / name):
                yield Sample(family, parse(text), labels)
    yield from _read_counters(folder / "counters", COUNTERS, labels)
    yield from _read_counters(folder / "counters_ext", EXTENDED_COUNTERS, labels)
    yield from _read_counters(folder / "hw_counters", HARDWARE, labels)
    lifespan = read_text_or(folder / "hw_counters" / "lifespan")
    if lifespan:
        with item(folder / "hw_counters" / "lifespan"):
            yield Sample(LIFESPAN, natural(lifespan) / 1000, labels)


def _read_counters(folder: Path, families: Mapping[str, Family], labels: tuple[str, str]) -> Iterator[Sample]:
    """Yield the counters that the device has; old drivers say `N/A (no PMA)` of those that it lacks."""
    for name in list_or_skip(folder):
        family = families.get(name)
        text = read_text_or(folder / name) if family is not None else ""
        if family is not None and text and not text.startswith(ABSENT):
            with item(folder / name):
                yield Sample(family, natural(text) * (WORD_BYTES if name in WORDS else 1), labels)
