"""node_cpu_info and the like: what kind of CPUs there are, from /proc/cpuinfo (proc(5))."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.exposition.text import Family, Sample
from exporter.kernel.name_filter import Filter
from exporter.parsing.items import item, skip
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import natural

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


# What stands for the same in the files of other architectures (arch/*/kernel/setup.c and the like), as node_exporter's
# builds for them fill the labels.
ALIASES = {
    "vendor": "vendor_id",  # x86
    "cpu": "vendor_id",  # powerpc
    "system type": "vendor_id",  # mips
    "cpu model": "model name",  # mips
    "isa": "model name",  # riscv
    "hart": "core id",  # riscv
    "CPU Family": "cpu family",  # loongarch
    "Model Name": "model name",  # loongarch
    "clock": "cpu MHz",  # powerpc, with a unit
    "CPU MHz": "cpu MHz",  # loongarch
    "cpu MHz dynamic": "cpu MHz",  # s390
    "Features": "flags",  # arm
    "features": "flags",  # s390
    "Processor": "model name",  # arm before Linux 3.8: of all processors
}
MEGAHERTZ = re.compile(r"[0-9]+(?:\.[0-9]+)?")
S390_PROCESSOR = re.compile(r"processor ([0-9]+)")
Fields = dict[str, str]


def parse(text: str) -> list[Cpu]:
    """Return the processors; raise ValueError when there is none.

    Each paragraph is one processor, but on s390, where all stand in the first and have a paragraph each below it.
    Architectures differ in the fields; what one lacks is "". A processor that is none is skipped.
    """
    common: Fields = {}
    processors: dict[str, Fields] = {}
    for paragraph in _paragraphs(text):
        number = paragraph.get("processor", paragraph.get("cpu number"))
        if number is None:
            common |= paragraph  # of arm and mips, at the end or the beginning; and s390's first
            processors |= {match[1]: {} for name in paragraph if (match := S390_PROCESSOR.fullmatch(name))}
        elif number in processors and "processor" in paragraph:
            skip(f"/proc/cpuinfo, processor {number[:80]}", "expected each processor once")
        else:
            processors.setdefault(number, {}).update(paragraph)
    cpus: list[Cpu] = []
    for number, fields in processors.items():
        with item(f"/proc/cpuinfo, processor {number[:80]}"):
            cpus.append(_parse_one(number, common | fields))
    if not cpus:
        raise ValueError(f"/proc/cpuinfo: expected processors, got {text[:80]!r}")
    return cpus


def _paragraphs(text: str) -> Iterable[Fields]:
    """Yield the fields of each paragraph; a second `processor` begins another, as below arm's common fields."""
    fields: Fields = {}
    for line in [*split_lines(text), ""]:
        name, separator, value = line.partition(":")
        key = name.strip()
        if (not line.strip() or (key == "processor" and "processor" in fields)) and fields:
            yield fields
            fields = {}
        if separator:
            fields.setdefault(ALIASES.get(key, key), value.strip())
    if fields:
        yield fields


def _parse_one(number: str, fields: Fields) -> Cpu:
    place = (fields.get("physical id", ""), fields.get("core id", ""), str(natural(number)))
    mhz = None
    if "cpu MHz" in fields:
        with item(f"/proc/cpuinfo, processor {number}, MHz"):
            match = MEGAHERTZ.match(fields["cpu MHz"])
            if match is None:
                raise ValueError(f"expected a frequency, got {fields['cpu MHz'][:80]!r}")
            mhz = float(match[0])
    return Cpu(
        labels=(*place, *(fields.get(name, "") for name in DESCRIPTION)),
        mhz=mhz,
        flags=tuple(split_words(fields.get("flags", ""))),
        bugs=tuple(split_words(fields.get("bugs", ""))),
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
