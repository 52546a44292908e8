"""Which control groups are systemd's units, and what each of them uses.

https://systemd.io/CGROUP_DELEGATION/: a slice's folder holds the folders of its units and of the slices below it; what
is below a service or a scope is that unit's own business.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from exporter.cgroups.files import GroupFile
from exporter.cgroups.layout import Layout
from exporter.parsing.items import skip
from exporter.parsing.numbers import MOST_DIGITS, natural

UNIT_SUFFIXES = (".mount", ".scope", ".service", ".slice", ".socket", ".swap")
SLICE = ".slice"
MOST_GROUPS = 10_000  # a walk that sees more ends: what is left then is told
USER_HZ = 100
MICROSECONDS = 1_000_000
TASKS = "pids.current"
OOM_KILL = (b"\noom_kill ",)


class Names(NamedTuple):
    """How a version of control groups calls its files (each with its controller) and what they say."""

    files: dict[str, str]
    cpu: str
    times: tuple[bytes, ...]
    ticks: int
    memory: str
    memory_stat: str
    memory_parts: tuple[bytes, ...]
    events: str


NAMES_V2 = Names(
    files=dict.fromkeys(("cpu.stat", "memory.stat", "memory.current", "memory.events", TASKS), ""),
    cpu="cpu.stat",
    times=(b"\nuser_usec ", b"\nsystem_usec "),
    ticks=MICROSECONDS,
    memory="memory.current",
    memory_stat="memory.stat",
    memory_parts=(b"\nfile ", b"\ninactive_file "),
    events="memory.events",
)
NAMES_V1 = Names(
    files={"cpuacct.stat": "cpuacct", "memory.stat": "memory", "memory.usage_in_bytes": "memory"}
    | {"memory.oom_control": "memory", TASKS: "pids"},
    cpu="cpuacct.stat",
    times=(b"\nuser ", b"\nsystem "),
    ticks=USER_HZ,
    memory="memory.usage_in_bytes",
    memory_stat="memory.stat",
    memory_parts=(b"\ntotal_cache ", b"\ntotal_inactive_file "),
    events="memory.oom_control",  # oom_kill is there since Linux 4.13
)


class Usage(NamedTuple):
    """What a unit uses; None for what the kernel does not account for it."""

    user_seconds: float | None = None
    system_seconds: float | None = None
    memory_bytes: int | None = None
    cached_bytes: int | None = None
    tasks: int | None = None
    oom_kills: int | None = None


def unit_name(folder: str) -> str:
    """Return the unit's name by its folder's, where `_` stands before a name that the kernel could take for a file."""
    return folder.removeprefix("_")


def find_tree(folder: Path) -> str | None:
    """Return the tree in which systemd keeps all units, by where control groups are mounted; None without systemd.

    It is version 2's, that of version 2 beside version 1, systemd's own of version 1, or some controller's.
    """
    trees = (f"{folder}{name}" for name in ("", "/unified", "/systemd", "/pids", "/memory"))
    return next((tree for tree in trees if os.path.isdir(f"{tree}/system.slice")), None)  # noqa: PTH112 - at every scrape


def find_units(root: str) -> Iterator[tuple[str, str]]:
    """Yield (unit's name, path of its group) of every unit that has a group in this tree now; raise OSError."""
    waiting, count = [""], 0
    while waiting:
        parent = waiting.pop()
        for name in _groups(f"{root}/{parent}", must_exist=not parent):
            count += 1
            if count > MOST_GROUPS:
                skip(root, f"expected at most {MOST_GROUPS} control groups; those after them are left out")
                return
            path = f"{parent}/{name}" if parent else name
            if name.endswith(SLICE):
                waiting.append(path)
            yield unit_name(name), path


def _groups(folder: str, *, must_exist: bool) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - half the cost of iterdir, at every scrape
    except FileNotFoundError:
        if must_exist:
            raise
        return []  # a slice that ended meanwhile
    except OSError as error:
        if must_exist:
            raise
        skip(folder, error)
        return []
    return [name for name in names if name.endswith(UNIT_SUFFIXES)]


class Unit:
    """The files of one unit's group, some of them kept open between scrapes."""

    def __init__(self, layout: Layout, path: str, kept_files: int) -> None:
        """Take the group's path, and how many files may be kept open."""
        self._path = path
        self._files: dict[str, GroupFile] = {}
        self._names = NAMES_V2 if layout.is_unified else NAMES_V1
        for name, controller in self._names.files.items():
            group = layout.group(controller, path)
            if group is not None:
                is_kept = len(self._files) < kept_files
                self._files[name] = GroupFile(f"{group}/{name}", is_kept=is_kept)

    def read(self) -> Usage:
        """Return what the unit uses now; what can't be read or understood is skipped and None."""
        names = self._names
        user, system = self._numbers(names.cpu, names.times)
        cached, inactive = self._numbers(names.memory_stat, names.memory_parts)
        (kills,) = self._numbers(names.events, OOM_KILL)
        memory = self._number(names.memory)
        return Usage(
            user_seconds=None if user is None else user / names.ticks,
            system_seconds=None if system is None else system / names.ticks,
            # Half a sum would look like a jump.
            memory_bytes=None if memory is None or inactive is None else max(0, memory - inactive),
            cached_bytes=cached,
            tasks=self._number(TASKS),
            oom_kills=kills,
        )

    def close(self) -> None:
        """Give the descriptors back."""
        for file in self._files.values():
            file.close()

    def _numbers(self, name: str, keys: tuple[bytes, ...]) -> list[int | None]:
        """Return the numbers of `key number` lines."""
        text = self._text(name)
        if not text:
            return [None] * len(keys)
        text = b"\n" + text
        numbers: list[int | None] = []
        for key in keys:
            start = text.find(key)
            end = text.find(b"\n", start + 1)
            word = text[start + len(key) : end if end > 0 else None]
            numbers.append(self._parse(name, key, word) if start >= 0 else None)
        return numbers

    def _number(self, name: str) -> int | None:
        text = self._text(name)
        return self._parse(name, b"", text.removesuffix(b"\n")) if text else None

    def _parse(self, name: str, key: bytes, word: bytes) -> int | None:
        if len(word) < MOST_DIGITS and word.isdigit():
            return int(word)  # a third of what `natural` costs
        try:
            return natural(word)
        except ValueError as error:
            skip(f"{self._path}/{name}: {key.decode().strip()}", error)
            return None

    def _text(self, name: str) -> bytes:
        """Return a file's text, b"" where the controller is off for this unit or the unit has just ended."""
        file = self._files.get(name)
        if file is None:
            return b""
        try:
            return file.read()
        except (FileNotFoundError, ProcessLookupError):
            return b""
        except OSError as error:
            skip(f"{self._path}/{name}", error)
            return b""
