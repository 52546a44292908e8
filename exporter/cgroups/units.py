"""Which control groups are systemd's units, and what each of them uses.

https://systemd.io/CGROUP_DELEGATION/: a slice's folder holds the folders of its units and of the slices below it; what
is below a service or a scope is that unit's own business.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from exporter.cgroups.files import read_once
from exporter.cgroups.layout import Layout
from exporter.parsing.items import item, skip
from exporter.parsing.numbers import natural

UNIT_SUFFIXES = (".mount", ".scope", ".service", ".slice", ".socket", ".swap")
SLICE = ".slice"
MOST_GROUPS = 10_000  # a walk that sees more ends: what is left then is told
USER_HZ = 100
MICROSECONDS = 1_000_000
Place = tuple[str, str, str]  # version 1's controller, the group's path, the file's name


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


def find_units(layout: Layout, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (unit's name, path of its group) of every unit that has a group now; nothing without systemd.

    `folder` is where control groups are mounted. Raises OSError when that can't be read.
    """
    root = _complete_tree(layout, folder)
    waiting, count = ([""] if root is not None else []), 0
    while waiting and root is not None:
        parent = waiting.pop()
        for name in _groups(root / parent, must_exist=not parent):
            count += 1
            if count > MOST_GROUPS:
                skip(root, f"expected at most {MOST_GROUPS} control groups; those after them are left out")
                return
            path = f"{parent}/{name}" if parent else name
            if name.endswith(SLICE):
                waiting.append(path)
            yield unit_name(name), path


def _complete_tree(layout: Layout, folder: Path) -> Path | None:
    """Return the tree in which systemd keeps all units: version 2's, its own of version 1, or some controller's."""
    trees = (layout.unified, folder / "systemd", *(layout.controllers.get(name) for name in ("pids", "memory")))
    return next((tree for tree in trees if tree is not None and (tree / "system.slice").is_dir()), None)


def _groups(folder: Path, *, must_exist: bool) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - half the cost of iterdir, at every scrape
    except FileNotFoundError:
        if must_exist:
            raise
        return []  # a slice that ended meanwhile
    return [name for name in names if name.endswith(UNIT_SUFFIXES)]


def read_usage(layout: Layout, path: str) -> Usage:
    """Return what the group of that path uses; what can't be read or understood is skipped and None."""
    if layout.is_unified:
        return _read_v2(layout, path)
    return _read_v1(layout, path)


def _read_v2(layout: Layout, path: str) -> Usage:
    times = _numbers(layout, ("", path, "cpu.stat"), b"user_usec", b"system_usec")
    stat = _numbers(layout, ("", path, "memory.stat"), b"file", b"inactive_file")
    return Usage(
        user_seconds=_divide(times.get(b"user_usec"), MICROSECONDS),
        system_seconds=_divide(times.get(b"system_usec"), MICROSECONDS),
        memory_bytes=_subtract(_number(layout, ("", path, "memory.current")), stat.get(b"inactive_file")),
        cached_bytes=stat.get(b"file"),
        tasks=_number(layout, ("", path, "pids.current")),
        oom_kills=_numbers(layout, ("", path, "memory.events"), b"oom_kill").get(b"oom_kill"),
    )


def _read_v1(layout: Layout, path: str) -> Usage:
    times = _numbers(layout, ("cpuacct", path, "cpuacct.stat"), b"user", b"system")
    stat = _numbers(layout, ("memory", path, "memory.stat"), b"total_cache", b"total_inactive_file")
    kills = _numbers(layout, ("memory", path, "memory.oom_control"), b"oom_kill")  # since Linux 4.13
    return Usage(
        user_seconds=_divide(times.get(b"user"), USER_HZ),
        system_seconds=_divide(times.get(b"system"), USER_HZ),
        memory_bytes=_subtract(
            _number(layout, ("memory", path, "memory.usage_in_bytes")), stat.get(b"total_inactive_file")
        ),
        cached_bytes=stat.get(b"total_cache"),
        tasks=_number(layout, ("pids", path, "pids.current")),
        oom_kills=kills.get(b"oom_kill"),
    )


def _divide(value: int | None, divisor: int) -> float | None:
    return None if value is None else value / divisor


def _subtract(total: int | None, part: int | None) -> int | None:
    """Return what is left, None when either is not known: half a sum would look like a jump."""
    return None if total is None or part is None else max(0, total - part)


def _numbers(layout: Layout, place: Place, *names: bytes) -> dict[bytes, int]:
    """Return the numbers of `name number` lines that are there and can be understood."""
    numbers: dict[bytes, int] = {}
    for line in _text(layout, place).split(b"\n"):
        name, _, number = line.partition(b" ")
        if name in names and name not in numbers:
            with item(f"{place[1]}/{place[2]}: {name.decode()}"):
                numbers[name] = natural(number)
    return numbers


def _number(layout: Layout, place: Place) -> int | None:
    if text := _text(layout, place):
        with item(f"{place[1]}/{place[2]}"):
            return natural(text.strip(b" \t\n"))
    return None


def _text(layout: Layout, place: Place) -> bytes:
    """Return a file's text, b"" where the controller is off for this unit or the unit has just ended."""
    controller, path, name = place
    group = layout.group(controller, path)
    if group is None:
        return b""
    try:
        return read_once(f"{group}/{name}")
    except (FileNotFoundError, ProcessLookupError):
        return b""
    except OSError as error:
        skip(f"{path}/{name}", error)
        return b""
