"""Understands what the files of control groups say."""

import re
from collections.abc import Mapping

NO_LIMIT = 1 << 62  # what is more means "none": version 1 says 2^63 rounded down to pages, version 2 says `max`
PRESSURE = re.compile(rb"^(some|full) .*\btotal=(\d+)", re.MULTILINE)

Device = tuple[int, int]


def pairs(text: bytes) -> dict[bytes, int]:
    """Return the numbers of `name number` lines by name; raise ValueError for anything else."""
    words = text.split()
    if len(words) % 2:
        raise ValueError(f"expected names with numbers, got {text[:80]!r}")
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def wanted(found: Mapping[bytes, int], *names: bytes) -> tuple[int, ...]:
    """Return the numbers of these names; raise ValueError when one is missing."""
    try:
        return tuple(found[name] for name in names)
    except KeyError as error:
        raise ValueError(f"expected a line {error.args[0]!r}") from error


def limit(text: bytes) -> int:
    """Return a limit in its own unit, 0 when there is none; raise ValueError for what is no limit."""
    if text.strip() == b"max":
        return 0
    value = int(text)
    return value if 0 <= value <= NO_LIMIT else 0


def cpu_max(text: bytes) -> tuple[int, int]:
    """Return the quota (0: none) and the period in µs of version 2's `cpu.max`; raise ValueError."""
    quota, period = text.split()
    return limit(quota), int(period)


def shares_of_weight(weight: int) -> int:
    """Return version 1's `cpu.shares` (2 to 262144) for version 2's `cpu.weight` (1 to 10000), as runc converts it."""
    return 2 + (weight - 1) * 262142 // 9999


def throttle_io(text: bytes) -> dict[Device, dict[str, int]]:
    """Return version 1's `blkio.throttle.*` as {(major, minor): {operation: number}}; raise ValueError.

    Lines are `8:0 Read 4096`; the sum of all devices, `Total 0`, is left out.
    """
    found: dict[Device, dict[str, int]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3:
            found.setdefault(_device(words[0]), {})[words[1].decode("ascii")] = int(words[2])
    return found


def io_stat(text: bytes) -> dict[Device, dict[bytes, int]]:
    """Return version 2's `io.stat` as {(major, minor): {key: number}}; raise ValueError.

    Lines are `8:0 rbytes=4096 wbytes=0 …`; keys without a number (of io.latency and io.cost) are left out.
    """
    found = {}
    for line in text.splitlines():
        name, *words = line.split()
        split = (word.partition(b"=") for word in words)
        found[_device(name)] = {key: int(value) for key, _, value in split if value.isdigit()}
    return found


def pressure(text: bytes) -> dict[bytes, int]:
    """Return the µs that tasks waited (`some`) and that all were stalled (`full`); {} when there is no such line."""
    return {kind: int(total) for kind, total in PRESSURE.findall(text)}


def _device(text: bytes) -> Device:
    major, _, minor = text.partition(b":")
    return int(major), int(minor)
