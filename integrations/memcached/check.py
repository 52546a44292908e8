"""The check of memcached: what memcached_exporter tells by default, under its names, asked in one round trip."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from exporter.base.check import Login, Server
from exporter.exposition.text import Family, Sheet
from exporter.parsing.items import skip
from exporter.parsing.numbers import natural
from integrations.memcached.fields import (
    COMMANDS,
    CRAWLER,
    EXTSTORE,
    HITS,
    ITEMS,
    MALLOCED,
    MAX_CONNECTIONS,
    OPERATIONS,
    SLAB_COMMANDS,
    SLAB_HITS,
    SLABS,
    STATS,
    UP,
    VERSION,
)
from integrations.memcached.protocol import Connection, Stats

NUMBER = re.compile(rb"[0-9]{1,20}(?:\.[0-9]{1,20})?")
OF_SLAB = re.compile(r"(?:items:)?([0-9]{1,3}):([a-z_]{1,40})")
WORDS = {b"yes": b"1", b"no": b"0"}
# Series and value; the value is what the server printed, for nothing is calculated with most of them.
Number = tuple[Family, tuple[str, ...], bytes]


class Check:
    """Asks one server."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._sheet = Sheet()

    def page_when_down(self) -> bytes:
        """Return `memcached_up 0`."""
        return Sheet().render([(UP, ())], [b"0"])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page; raises as `exporter.base.check.Check` says."""
        with Connection(server.host, server.port, timeout_seconds) as connection:
            if login.password:
                connection.log_in(login)
            stats, slabs, items, settings = connection.stats(("", "slabs", "items", "settings"))
        if "version" not in stats:
            raise ValueError("stats: expected an answer of memcached with its version")
        numbers = [(UP, (), b"1"), *_of_the_server(stats, slabs, settings), *_of_slabs(slabs, items)]
        return self._sheet.render([number[:2] for number in numbers], [number[2] for number in numbers])


def _of_the_server(stats: Stats, slabs: Stats, settings: Stats) -> Iterator[Number]:
    yield VERSION, (stats["version"].decode("utf-8", "replace"),), b"1"
    for stat, family in STATS.items():
        yield from _number(family, stats, stat)
    for operation in OPERATIONS:
        yield from _number(COMMANDS, stats, f"{operation}_hits", operation, "hit")
        yield from _number(COMMANDS, stats, f"{operation}_misses", operation, "miss")
    yield from _number(COMMANDS, stats, "cas_badval", "cas", "badval")
    yield from _number(COMMANDS, stats, "cmd_flush", "flush", "hit")
    yield from _sets(COMMANDS, stats, ("cas_hits", "cas_misses", "cas_badval"))
    for stat, family in EXTSTORE.items() if "extstore_limit_maxbytes" in stats else ():
        yield from _number(family, stats, stat)
    for stat, family in MALLOCED.items():
        yield from _number(family, slabs, stat)
    for stat, family in MAX_CONNECTIONS.items():
        yield from _number(family, settings, stat)
    for stat, family in CRAWLER.items() if settings.get("lru_crawler") == b"yes" else ():
        yield from _number(family, settings, stat)


def _of_slabs(slabs: Stats, items: Stats) -> Iterator[Number]:
    for slab, numbers in _by_slab(slabs).items():
        for stat, family in SLABS.items():
            yield from _number(family, numbers, stat, slab)
        for operation in OPERATIONS:
            yield from _number(SLAB_COMMANDS, numbers, f"{operation}_hits", slab, operation, "hit")
        yield from _number(SLAB_COMMANDS, numbers, "cas_badval", slab, "cas", "badval")
        yield from _sets(SLAB_COMMANDS, numbers, ("cas_hits", "cas_badval"), slab)
    for slab, numbers in _by_slab(items).items():
        for stat, family in ITEMS.items():
            yield from _number(family, numbers, stat, slab)
        for stat, lru in HITS.items():
            yield from _number(SLAB_HITS, numbers, stat, slab, lru)


def _by_slab(stats: Stats) -> dict[str, dict[str, bytes]]:
    """Return the numbers of each slab class, which stand there as `1:NAME` or `items:1:NAME`."""
    slabs: dict[str, dict[str, bytes]] = {}
    for key, value in stats.items():
        if match := OF_SLAB.fullmatch(key):
            slabs.setdefault(match[1], {})[match[2]] = value
    return slabs


def _number(family: Family, stats: Mapping[str, bytes], stat: str, *labels: str) -> Iterator[Number]:
    """Yield a number as the server printed it, nothing where this version has none."""
    value = stats.get(stat)
    if value is not None:
        text = WORDS.get(value, value)
        if NUMBER.fullmatch(text):
            yield family, labels, text
        else:
            skip(f"{family.name} ({stat})", f"expected a number, got {value[:80]!r}")


def _sets(family: Family, stats: Mapping[str, bytes], cas: tuple[str, ...], *labels: str) -> Iterator[Number]:
    """Yield how often something was stored: the server counts each `cas` among them once more."""
    try:
        stored = natural(stats["cmd_set"]) - sum(natural(stats[stat]) for stat in cas)
    except (KeyError, ValueError) as error:
        skip(f"{family.name} (cmd_set)", error)
    else:
        yield family, (*labels, "set", "hit"), b"%d" % stored
