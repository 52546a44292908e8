"""Understands what the files of control groups say."""

from collections.abc import Callable, Mapping
from operator import itemgetter

NO_LIMIT = 1 << 62  # what is more means "none": version 1 says 2^63 rounded down to pages, version 2 says `max`
PRESSURE_KINDS: tuple[list[bytes], ...] = ([b"some", b"full"], [b"some"], [])

Device = tuple[int, int]


def pairs(text: bytes) -> dict[bytes, int]:
    """Return the numbers of `name number` lines by name; raise ValueError for anything else."""
    words = text.split()
    if len(words) % 2:
        raise ValueError(f"expected names with numbers, got {text[:80]!r}")
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def pick(values: Mapping[bytes, int], *names: bytes) -> tuple[int, ...]:
    """Return the numbers of these names; raise ValueError when one is missing."""
    try:
        return tuple(values[name] for name in names)
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
    counters: dict[Device, dict[str, int]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3:
            counters.setdefault(_device(words[0]), {})[words[1].decode("ascii")] = int(words[2])
    return counters


def io_stat(text: bytes) -> dict[Device, dict[bytes, int]]:
    """Return version 2's `io.stat` as {(major, minor): {key: number}}; raise ValueError.

    Lines are `8:0 rbytes=4096 wbytes=0 …`; keys without a number (of io.latency and io.cost) are left out.
    """
    counters = {}
    for line in text.splitlines():
        name, *words = line.split()
        split = (word.partition(b"=") for word in words)
        counters[_device(name)] = {key: int(value) for key, _, value in split if value.isdigit()}
    return counters


def pressure(text: bytes) -> tuple[int, ...]:
    """Return the µs that tasks waited (`some`), and that all were stalled (`full`) where the kernel says it.

    Lines are `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`; a group whose accounting is off says nothing. Raises
    ValueError for anything else.
    """
    words = text.split()
    if words[::5] not in PRESSURE_KINDS:
        raise ValueError(f"expected `some … total=N`, got {text[:80]!r}")
    return tuple([int(total.removeprefix(b"total=")) for total in words[4::5]])


class Pairs:
    """Numbers of `name number` lines by their names, picked from where those stood at the last reading.

    All groups of a kernel have the same lines; to pick a dozen of them costs a third of what a dict of all costs.
    `present` are the names that were there, of those that are wanted.
    """

    def __init__(self, *names: bytes) -> None:
        """Take the names that are wanted, at least two."""
        self._names = names
        self.present: tuple[bytes, ...] = ()
        self._count = -1
        self._pick_names: Callable[[list[bytes]], tuple[bytes, ...]] = tuple
        self._pick_values: Callable[[list[bytes]], tuple[bytes, ...]] = tuple

    def pick(self, text: bytes) -> tuple[int, ...]:
        """Return the numbers of those present; raise ValueError when fewer than two are, or one has no number."""
        words = text.split()
        if len(words) != self._count or self._pick_names(words) != self.present:
            self._learn(words)
        return tuple(map(int, self._pick_values(words)))

    def _learn(self, words: list[bytes]) -> None:
        self._count = -1
        places = {word: place for place, word in enumerate(words[:-1:2])}
        present = tuple(name for name in self._names if name in places)
        if len(present) < 2 or len(words) % 2:
            raise ValueError(f"expected lines like {self._names[0]!r}, got {b' '.join(words)[:80]!r}")
        self._pick_names = itemgetter(*(2 * places[name] for name in present))
        self._pick_values = itemgetter(*(2 * places[name] + 1 for name in present))
        self.present = present
        self._count = len(words)


def _device(text: bytes) -> Device:
    major, _, minor = text.partition(b":")
    return int(major), int(minor)
