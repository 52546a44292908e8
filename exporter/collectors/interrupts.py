"""node_interrupts_total: interrupts by CPU and source, from /proc/interrupts."""

from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, digits
from exporter.kernel.name_filter import Filter

TOTAL = Family("node_interrupts_total", "counter", "Interrupt details.", ("cpu", "type", "info", "devices"), form="%b")


class Interrupt(NamedTuple):
    """One line: the source's name, what it is, the devices behind it, and its count on each CPU."""

    name: str
    info: str
    devices: str
    counts: list[bytes]


def parse(text: bytes) -> tuple[list[str], list[Interrupt]]:
    """Return the numbers of the CPUs and the interrupts that are counted for each of them.

    Lines that count for the machine as a whole (ERR, MIS) are left out. Raises ValueError when the first line does
    not name the CPUs.
    """
    header, *lines = text.splitlines() or [b""]
    cpus = [str(int(cpu.removeprefix(b"CPU"))) for cpu in header.split()]
    if not cpus:
        raise ValueError(f"expected `CPU0 CPU1 …`, got {header[:80]!r}")
    parsed = (_parse_line(line, len(cpus)) for line in lines)
    return cpus, [interrupt for interrupt in parsed if interrupt is not None]


def _parse_line(line: bytes, cpus: int) -> Interrupt | None:
    # arm64 prints no space between the colon and the first count.
    name, _, rest = line.partition(b":")
    words = rest.split(None, cpus)
    if len(words) <= cpus:
        return None
    details = words[cpus].decode("utf-8", "replace").split()
    text = name.strip().decode("utf-8", "replace")
    # The kernel describes its own interrupts in words; numbered ones have a controller, then their devices.
    split = 1 if name.strip().isdigit() else len(details)
    return Interrupt(text, " ".join(details[:split]), " ".join(details[split:]), words[:cpus])


class InterruptsOptions(Options, frozen=True, kw_only=True):
    """Which interrupts are exposed; patterns are searched for in `name;info;devices`."""

    name_include: Annotated[str, msgspec.Meta(description="Interrupts to keep (regexp on name;info;devices).")] = ""
    name_exclude: Annotated[str, msgspec.Meta(description="Interrupts to leave out (regexp).")] = ""
    include_zeros: Annotated[bool, msgspec.Meta(description="Include interrupts that never came.")] = True


class Interrupts(Collector):
    """Exposes the count of each interrupt on each CPU."""

    enabled_by_default = False
    options_type = InterruptsOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._filter = Filter(self.options.name_exclude, self.options.name_include)
        self._file = roots.file("interrupts")
        self._block = Block(TOTAL)
        self._shape: object = None
        self._keys: list[tuple[str, ...]] = []

    def page(self) -> bytes:
        """Return the counters; raise ValueError when a count is no number."""
        cpus, interrupts = parse(self._file.read())
        kept = [
            interrupt
            for interrupt in interrupts
            if self._filter.accepts(f"{interrupt.name};{interrupt.info};{interrupt.devices}")
        ]
        # The labels of thousands of series are made anew only when a device came or went.
        shape = (cpus, [interrupt[:3] for interrupt in kept])
        if shape != self._shape:
            self._keys = [(cpu, *interrupt[:3]) for interrupt in kept for cpu in cpus]
            self._shape = shape
        counts = digits([count for interrupt in kept for count in interrupt.counts])
        if self.options.include_zeros:
            return self._block.render(self._keys, counts)
        pairs = [(key, count) for key, count in zip(self._keys, counts, strict=True) if int(count)]
        return self._block.render([key for key, _ in pairs], [count for _, count in pairs])

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
