"""node_cpu_info and the like: what kind of CPUs there are, from /proc/cpuinfo (proc(5))."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.exposition.text import Family, Sample
from exporter.kernel.name_filter import Filter

HERTZ_PER_MHZ = 1e6
INFO = Family(
    "node_cpu_info",
    "gauge",
    "CPU information from /proc/cpuinfo.",
    ("package", "core", "cpu", "vendor", "family", "model", "model_name", "microcode", "stepping", "cachesize"),
)
FREQUENCY = Family(
    "node_cpu_frequency_hertz", "gauge", "CPU frequency in hertz from /proc/cpuinfo.", ("package", "core", "cpu")
)
FLAG = Family(
    "node_cpu_flag_info",
    "gauge",
    "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.",
    ("flag",),
)
BUG = Family(
    "node_cpu_bug_info",
    "gauge",
    "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.",
    ("bug",),
)
# The fields that make the labels after `cpu`.
DESCRIPTION = ("vendor_id", "cpu family", "model", "model name", "microcode", "stepping", "cache size")


class Cpu(NamedTuple):
    """One processor: the labels of node_cpu_info, its MHz where known, its features and known bugs."""

    labels: tuple[str, ...]
    mhz: float | None
    flags: tuple[str, ...]
    bugs: tuple[str, ...]


def parse(text: str) -> list[Cpu]:
    """Return the processors; raise ValueError when there is none, or a frequency is no number.

    Each paragraph is one processor. Architectures differ in the fields; what one lacks is "".
    """
    paragraphs = [
        {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in paragraph.splitlines())}
        for paragraph in text.split("\n\n")
    ]
    infos = [_parse_one(fields) for fields in paragraphs if "processor" in fields]
    if not infos:
        raise ValueError(f"/proc/cpuinfo: expected processors, got {text[:80]!r}")
    return infos


def _parse_one(fields: dict[str, str]) -> Cpu:
    place = (fields.get("physical id", ""), fields.get("core id", ""), str(int(fields["processor"])))
    mhz = fields.get("cpu MHz")
    return Cpu(
        labels=(*place, *(fields.get(name, "") for name in DESCRIPTION)),
        mhz=None if mhz is None else float(mhz),
        flags=tuple((fields.get("flags") or fields.get("Features", "")).split()),  # arm64 calls them features
        bugs=tuple(fields.get("bugs", "").split()),
    )


def describe(cpus: Sequence[Cpu], flags: Filter | None, bugs: Filter | None) -> Iterable[Sample]:
    """Yield what stands still: the processors, and the first one's flags and bugs that the filters pick."""
    yield from (Sample(INFO, 1, cpu.labels) for cpu in cpus)
    for family, names, name_filter in ((FLAG, cpus[0].flags, flags), (BUG, cpus[0].bugs, bugs)):
        if name_filter is not None:
            yield from (Sample(family, 1, (name,)) for name in dict.fromkeys(names) if name_filter.accepts(name))


def frequencies(cpus: Iterable[Cpu]) -> Iterable[Sample]:
    """Yield the frequencies of the processors that tell one."""
    yield from (Sample(FREQUENCY, cpu.mhz * HERTZ_PER_MHZ, cpu.labels[:3]) for cpu in cpus if cpu.mhz is not None)
