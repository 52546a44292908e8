"""node_bcachefs_*: mounted bcachefs, from /sys/fs/bcachefs (fs/bcachefs/sysfs.c)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from exporter.base.collector import Collector, NotApplicableError
from exporter.exposition.text import Family, Kind, Sample
from exporter.kernel.files import list_folder, list_or_skip, read_text_or
from exporter.kernel.sysfs import read_int
from exporter.parsing.items import item, skip
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import natural

UNITS = "kMGTPE"
HEADINGS = ([""], ["type", "compressed", "uncompressed"])
HEADING = re.compile(r"[A-Za-z]+:|[A-Za-z]+ [A-Za-z0-9 ]+[A-Za-z]")
HUMAN = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)([kKmMgGtTpPeE]?)")


def _family(name: str, help_text: str, *labels: str) -> Family:
    kind: Kind = "counter" if name.endswith("_total") else "gauge"
    return Family(f"node_bcachefs_{name}", kind, help_text, tuple(sorted(("uuid", *labels))))


INFO = _family("info", "Filesystem information.")
BTREE_CACHE = _family("btree_cache_size_bytes", "Btree cache memory usage in bytes.")
COMPRESSED = _family("compression_compressed_bytes", "Compressed size by algorithm.", "algorithm")
UNCOMPRESSED = _family("compression_uncompressed_bytes", "Uncompressed size by algorithm.", "algorithm")
ERRORS = _family("errors_total", "Error count by error type.", "error_type")
WRITES = _family("btree_writes_total", "Number of btree writes by type.", "type")
WRITE_SIZE = _family("btree_write_average_size_bytes", "Average btree write size by type.", "type")
DEVICE_INFO = _family("device_info", "Device information.", "device", "label", "state")
BUCKET_SIZE = _family("device_bucket_size_bytes", "Bucket size in bytes.", "device")
BUCKETS = _family("device_buckets", "Total number of buckets.", "device")
DURABILITY = _family("device_durability", "Device durability setting.", "device")
IO_DONE = _family(
    "device_io_done_bytes_total", "IO bytes by operation type and data type.", "data_type", "device", "operation"
)
IO_ERRORS = _family("device_io_errors_total", "IO errors by error type.", "device", "type")


def parse_human(text: str) -> int:
    """Return the number of `1.26k`, `226G` or plain digits, of 1024; raise ValueError."""
    match = HUMAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected a number such as 1.26k, got {text[:80]!r}")
    digits, unit = match.groups()
    if not unit and digits.isdecimal():
        return int(digits)
    return int(float(digits) * 1024 ** (UNITS.upper().index(unit.upper()) + 1 if unit else 0))


def parse_table(text: str) -> list[tuple[str, str, str]]:
    """Return (name, first column, second column) of each row below a table's heading, a short row left out."""
    rows = map(split_words, split_lines(text))
    return [(row[0].removesuffix(":"), row[1], row[2]) for row in rows if len(row) >= 3 and row[:3] not in HEADINGS]


def parse_errors(text: str) -> dict[str, int]:
    """Return how often each error came, of lines with name, number and the last one's time."""
    counts: dict[str, int] = {}
    for row in map(split_words, split_lines(text)):
        if len(row) >= 2 and row[0] not in counts:
            with item(f"errors, {row[0]}"):
                counts[row[0]] = natural(row[1])
    return counts


def parse_pairs(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (heading, name, value) of the lines `name: value` below headings, which are lines without a value."""
    heading = ""
    for line in split_lines(text):
        name, separator, value = line.partition(":")
        if separator and value.strip():
            yield heading, name.strip(), value.strip()
        elif HEADING.fullmatch(line):
            heading = name
        elif line.strip():
            skip(f"bcachefs, {heading}, {name.strip()}", f"expected `name: value`, got {line[:80]!r}")


class Bcachefs(Collector):
    """Exposes each mounted bcachefs, its counters since it was made, and its devices."""

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError where none is mounted, ValueError."""
        folder = self.roots.sys / "fs" / "bcachefs"
        names = list_folder(folder)
        if not names:
            raise NotApplicableError("no file system in /sys/fs/bcachefs")
        for uuid in names:
            yield from _read(folder / uuid, uuid)


def _read(folder: Path, uuid: str) -> Iterator[Sample]:
    names = list_or_skip(folder)
    if not names:
        return  # unmounted meanwhile
    yield Sample(INFO, 1, (uuid,))
    if text := read_text_or(folder / "btree_cache_size"):
        with item(folder / "btree_cache_size"):
            yield Sample(BTREE_CACHE, parse_human(text), (uuid,))
    for algorithm, compressed, uncompressed in parse_table(read_text_or(folder / "compression_stats")):
        with item(f"{folder}/compression_stats, {algorithm}"):
            yield Sample(COMPRESSED, parse_human(compressed), (algorithm, uuid))
        with item(f"{folder}/compression_stats, {algorithm}"):
            yield Sample(UNCOMPRESSED, parse_human(uncompressed), (algorithm, uuid))
    for error, count in parse_errors(read_text_or(folder / "errors")).items():
        yield Sample(ERRORS, count, (error, uuid))
    yield from _read_counters(folder / "counters", uuid)
    for kind, count_text, size in parse_table(read_text_or(folder / "btree_write_stats")):
        with item(f"{folder}/btree_write_stats, {kind}"):
            yield Sample(WRITES, natural(count_text), (kind, uuid))
        with item(f"{folder}/btree_write_stats, {kind}"):
            yield Sample(WRITE_SIZE, parse_human(size), (kind, uuid))
    for name in names:
        if name.startswith("dev-"):
            yield from _read_device(folder / name, name[4:], uuid)


def _read_counters(folder: Path, uuid: str) -> Iterator[Sample]:
    """Yield a family for each counter that the kernel has."""
    for name in list_or_skip(folder):
        for _, period, value in parse_pairs(read_text_or(folder / name)):
            if period == "since filesystem creation":
                metric = re.sub("[^a-zA-Z0-9:_]", "_", name)
                family = _family(f"{metric}_total", f"Bcachefs counter {name} since filesystem creation.")
                with item(folder / name):
                    yield Sample(family, parse_human(value), (uuid,))


def _read_device(folder: Path, device: str, uuid: str) -> Iterator[Sample]:
    label, state = read_text_or(folder / "label"), read_text_or(folder / "state")
    yield Sample(DEVICE_INFO, 1, (device, label, state, uuid))
    if text := read_text_or(folder / "bucket_size"):
        with item(folder / "bucket_size"):
            yield Sample(BUCKET_SIZE, parse_human(text), (device, uuid))
    for name, family in (("nbuckets", BUCKETS), ("durability", DURABILITY)):
        number = read_int(folder / name)
        if number is not None:
            yield Sample(family, number, (device, uuid))
    for operation, kind, value in parse_pairs(read_text_or(folder / "io_done")):
        with item(f"{folder}/io_done, {operation}, {kind}"):
            yield Sample(IO_DONE, natural(value), (kind, device, operation, uuid))
    for heading, kind, value in parse_pairs(read_text_or(folder / "io_errors")):
        # The other part counts since somebody reset it.
        if heading == "IO errors since filesystem creation":
            with item(f"{folder}/io_errors, {kind}"):
                yield Sample(IO_ERRORS, natural(value), (device, kind, uuid))
