"""Processes grouped by their command, and which few of the groups are worth a name."""

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from exporter.kernel.process_list import KERNEL_THREAD, Process

OTHER = "other"
# Kernel threads say in their name which CPU or device they serve: kworker/0:1-events, irq/24-ahci, jbd2/sda1-8.
KERNEL_SUFFIX = re.compile(r"[/:].*")


class Group(NamedTuple):
    """What the processes of one command add up to; ticks are CPU time, in the group's counter."""

    processes: int
    ticks: int
    resident_pages: int
    threads: int


def command_of(process: Process) -> str:
    """Return the command's name, never its arguments; `other` for what has no name or pretends to be the rest."""
    name = process.command.decode("utf-8", "replace").strip()
    if process.flags & KERNEL_THREAD:
        name = KERNEL_SUFFIX.sub("", name)
    return name or OTHER


class Watch:
    """Follows the groups from look to look.

    CPU time counts from the first look on: a group's counter is the sum of what its processes used between looks, so
    that it never goes back when one of them ends. Each piece of it is counted once, in the group's own counter when
    the group was shown before and still is, else in that of `other`: so the sum of the rates is that of the host.
    """

    def __init__(self, top: int, window_seconds: float) -> None:
        """Take how many groups by CPU and how many by memory are shown, and over which time CPU use is weighed."""
        self._top = top
        self._window_seconds = window_seconds
        self._seen: dict[tuple[str, int], int] | None = None  # ticks of each process, by pid and start
        self._seen_at = 0.0
        self._recent: dict[str, float] = {}
        self._counters: dict[str, int] = {OTHER: 0}
        self._shown: set[str] = {OTHER}

    def look(self, processes: Iterable[Process], now: float) -> dict[str, Group]:
        """Return what is shown at `now` (seconds) by name: the groups that use most, and `other`, the rest."""
        groups = self._group(processes)
        shown = self._choose(groups, now)
        for name, group in groups.items():
            counter = name if name in shown and name in self._shown else OTHER
            self._counters[counter] = self._counters.get(counter, 0) + group.ticks
        self._counters = {name: ticks for name, ticks in self._counters.items() if name in groups or name == OTHER}
        self._shown = shown
        rest = [group for name, group in groups.items() if name not in shown or name == OTHER]
        named = {name: groups[name] for name in sorted(shown - {OTHER})} | {OTHER: _sum(rest)}
        return {name: group._replace(ticks=self._counters.get(name, 0)) for name, group in named.items()}

    def _group(self, processes: Iterable[Process]) -> dict[str, Group]:
        """Return the groups with the ticks used since the last look; a process that is new since then counts whole."""
        before, self._seen = self._seen, {}
        members: dict[str, list[Group]] = {}
        for process in processes:
            key = (process.pid, process.start_ticks)
            self._seen[key] = process.cpu_ticks
            used = 0 if before is None else max(0, process.cpu_ticks - before.get(key, 0))
            group = Group(1, used, process.resident_pages, process.threads)
            members.setdefault(command_of(process), []).append(group)
        return {name: _sum(group) for name, group in members.items()}

    def _choose(self, groups: dict[str, Group], now: float) -> set[str]:
        """Return the names to show; what was used long ago weighs less, so that names don't come and go."""
        fading = math.exp(-max(0.0, now - self._seen_at) / self._window_seconds)
        self._seen_at = now
        self._recent = {name: self._recent.get(name, 0.0) * fading + group.ticks for name, group in groups.items()}
        by_cpu = sorted(groups, key=lambda name: (-self._recent[name], name))[: self._top]
        by_memory = sorted(groups, key=lambda name: (-groups[name].resident_pages, name))[: self._top]
        used = {name for name in by_cpu if self._recent[name] > 0}
        return used | {name for name in by_memory if groups[name].resident_pages} | {OTHER}


def _sum(groups: Iterable[Group]) -> Group:
    return Group._make(map(sum, zip(*groups, strict=True))) if groups else Group(0, 0, 0, 0)
