"""node_bcache_*: block devices cached on faster ones, from /sys/fs/bcache (Documentation/admin-guide/bcache.rst)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.exposition.text import Family, Kind, Sample
from exporter.kernel.files import list_folder, read_text_or

UNITS = " kMGTPEZY"
HUMAN = re.compile(r"(-?)(\d+)(?:\.(\d+))?([kMGTPEZY]?)")
MICROSECONDS = 1_000_000


def _family(name: str, help_text: str, *labels: str) -> Family:
    kind: Kind = "counter" if name.endswith("_total") else "gauge"
    return Family(f"node_bcache_{name}", kind, help_text, (*labels, "uuid"))


def _set(name: str, help_text: str) -> Family:
    return _family(name, help_text)


def _backing(name: str, help_text: str) -> Family:
    return _family(name, help_text, "backing_device")


def _cache(name: str, help_text: str) -> Family:
    return _family(name, help_text, "cache_device")


READ_DURATION = _set("btree_read_average_duration_seconds", "Average btree read duration.")
READAHEADS = _backing("cache_readaheads_total", "Count of times readahead occurred.")
SET = {
    "average_key_size": _set("average_key_size_sectors", "Average data per key in the btree (sectors)."),
    "btree_cache_size": _set("btree_cache_size_bytes", "Amount of memory currently used by the btree cache."),
    "cache_available_percent": _set(
        "cache_available_percent",
        "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
    ),
    "congested": _set("congested", "Congestion."),
    "root_usage_percent": _set(
        "root_usage_percent", "Percentage of the root btree node in use (tree depth increases if too high)."
    ),
    "tree_depth": _set("tree_depth", "Depth of the btree."),
    "internal/active_journal_entries": _set(
        "active_journal_entries", "Number of journal entries that are newer than the index."
    ),
    "internal/btree_nodes": _set("btree_nodes", "Total nodes in the btree."),
    "internal/btree_read_average_duration_us": READ_DURATION,
    "internal/cache_read_races": _set(
        "cache_read_races_total",
        "Counts instances where while data was being read from the cache, the bucket was reused and invalidated"
        " - i.e. where the pointer was stale after the read completed.",
    ),
}
BACKING = {
    "dirty_data": _backing("dirty_data_bytes", "Amount of dirty data for this backing device in the cache."),
    "stats_total/bypassed": _backing(
        "bypassed_bytes_total", "Amount of IO (both reads and writes) that has bypassed the cache."
    ),
    "stats_total/cache_hits": _backing("cache_hits_total", "Hits counted per individual IO as bcache sees them."),
    "stats_total/cache_misses": _backing("cache_misses_total", "Misses counted per individual IO as bcache sees them."),
    "stats_total/cache_bypass_hits": _backing("cache_bypass_hits_total", "Hits for IO intended to skip the cache."),
    "stats_total/cache_bypass_misses": _backing(
        "cache_bypass_misses_total", "Misses for IO intended to skip the cache."
    ),
    "stats_total/cache_miss_collisions": _backing(
        "cache_miss_collisions_total",
        "Instances where data insertion from cache miss raced with write (data already present).",
    ),
    "stats_total/cache_readaheads": READAHEADS,
}
WRITEBACK = {
    "target": _backing("dirty_target_bytes", "Current dirty data target threshold for this backing device in bytes."),
    "rate": _backing("writeback_rate", "Current writeback rate for this backing device in bytes."),
    "proportional": _backing(
        "writeback_rate_proportional_term", "Current result of proportional controller, part of writeback rate"
    ),
    "integral": _backing(
        "writeback_rate_integral_term", "Current result of integral controller, part of writeback rate"
    ),
    "change": _backing("writeback_change", "Last writeback rate change step for this backing device."),
}
CACHE = {
    "io_errors": _cache("io_errors", "Number of errors that have occurred, decayed by io_error_halflife."),
    "metadata_written": _cache(
        "metadata_written_bytes_total", "Sum of all non data writes (btree writes and all other metadata)."
    ),
    "written": _cache("written_bytes_total", "Sum of all data that has been written to the cache."),
}
PRIORITY = {
    "Unused": _cache("priority_stats_unused_percent", "The percentage of the cache that doesn't contain any data."),
    "Metadata": _cache("priority_stats_metadata_percent", "Bcache's metadata overhead."),
}


def parse_human(text: str) -> int:
    """Return the number of `bch_hprint` (drivers/md/bcache/util.c): `1.5k`, `-20.4G` or plain digits; raise ValueError.

    Kernels before 4.14 print the rest as a hundredth part of 1024 (`.10` after `.9`), later ones as a tenth;
    node_exporter takes all of them for the former, and so do we: the difference is below what is rounded away.
    """
    match = HUMAN.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a number such as 1.5k, got {text[:80]!r}")
    sign, whole, rest, unit = match.groups()
    value = int((int(whole) + int(rest or 0) / 10.24) * 1024 ** UNITS.index(unit)) if rest or unit else int(whole)
    return -value if sign else value


def parse_writeback(text: str) -> dict[str, int]:
    """Return the numbers of `writeback_rate_debug` by their words, times left out; raise ValueError."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {word: parse_human(rest.strip().removesuffix("/sec")) for word, _, rest in pairs if word in WRITEBACK}


def parse_priority(text: str) -> dict[str, int]:
    """Return the percentages of `priority_stats` by their words; raise ValueError."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {word: int(rest.strip().removesuffix("%")) for word, _, rest in pairs if word in PRIORITY}


class BcacheOptions(Options, frozen=True, kw_only=True):
    """What of the caches is exposed."""

    priorityStats: Annotated[  # noqa: N815 - node_exporter spells the flag so
        bool, msgspec.Meta(description="Expose priority_stats, which are expensive to read.")
    ] = False


class Bcache(Collector):
    """Exposes each cache set, its backing devices and its cache devices."""

    options_type = BcacheOptions

    def collect(self) -> Iterable[Sample]:
        """Return the samples of all sets; raise NotApplicableError when there is none."""
        folder = self.roots.sys / "fs" / "bcache"
        sets = [name for name in list_folder(folder) if "-" in name]
        if not sets:
            raise NotApplicableError("no cache set in /sys/fs/bcache")
        for uuid in sets:
            yield from self._read_set(folder / uuid)

    def _read_set(self, folder: Path) -> Iterator[Sample]:
        uuid = folder.name
        yield from _read(folder, SET, (uuid,))
        for name in list_folder(folder):
            if re.match("bdev[0-9]", name):
                yield from _read(folder / name, BACKING, (name, uuid))
                numbers = parse_writeback(read_text_or(folder / name / "writeback_rate_debug"))
                yield from (Sample(WRITEBACK[word], value, (name, uuid)) for word, value in numbers.items())
            elif re.match("cache[0-9]", name):
                yield from _read(folder / name, CACHE, (name, uuid))
                if self.options.priorityStats:
                    shares = parse_priority(read_text_or(folder / name / "priority_stats"))
                    yield from (Sample(PRIORITY[word], value, (name, uuid)) for word, value in shares.items())


def _read(folder: Path, families: Mapping[str, Family], labels: tuple[str, ...]) -> Iterator[Sample]:
    """Yield a sample for each attribute that can be read."""
    for name, family in families.items():
        text = read_text_or(folder / name)
        # Since 5.15 there is no readahead to count; node_exporter shows it only where it has happened.
        if text and not (family is READAHEADS and text == "0"):
            value = parse_human(text)
            yield Sample(family, value / MICROSECONDS if family is READ_DURATION else value, labels)
