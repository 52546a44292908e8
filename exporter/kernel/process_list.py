"""The processes of this host as /proc/<pid>/stat tells of them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from exporter.parsing.items import skip
from exporter.parsing.numbers import MOST

STAT_BYTES = 4096
KERNEL_THREAD = 0x00200000  # PF_KTHREAD, include/linux/sched.h


class Process(NamedTuple):
    """What collectors need of a line of /proc/<pid>/stat (proc(5)); times in ticks, memory in pages."""

    pid: str
    command: bytes
    state: str
    flags: int
    cpu_ticks: int
    threads: int
    start_ticks: int
    resident_pages: int


def parse_stat(text: bytes) -> Process:
    """Return the process; raise ValueError for a text that is no such line.

    The command stands in brackets and can hold any bytes, brackets and spaces too, so that the last one closes it.
    """
    left, closing, right = text.rpartition(b")")
    pid, opening, command = left.partition(b" (")
    fields = right.split(None, 22)
    if not closing or not opening or len(fields) < 22:
        raise ValueError(f"expected a line of /proc/<pid>/stat, got {text[:80]!r}")
    process = Process(
        pid=str(int(pid)),
        command=command,
        state=fields[0].decode("utf-8", "replace"),
        flags=int(fields[6]),
        cpu_ticks=int(fields[11]) + int(fields[12]),
        threads=int(fields[17]),
        start_ticks=int(fields[19]),
        resident_pages=int(fields[21]),
    )
    if process.cpu_ticks > MOST or process.threads > MOST or process.resident_pages > MOST:
        raise ValueError(f"expected numbers of 64 bits, got {text[:80]!r}")
    return process


def read_processes(folder: str | Path) -> Iterator[Process]:
    """Yield the processes of /proc, or the threads of /proc/<pid>/task, without those that end meanwhile.

    A malformed file is skipped. Raises OSError when the folder can't be listed.
    """
    for name in os.listdir(folder):  # noqa: PTH208 - thousands of names at every scrape
        if name.isdigit():
            try:
                text = _read(f"{folder}/{name}/stat")
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue  # it has ended, or /proc is mounted with hidepid
            except OSError as error:
                skip(f"/proc/{name}/stat", error)
                continue
            try:
                process = parse_stat(text)
            except ValueError as error:
                skip(f"/proc/{name}/stat", error)
            else:
                yield process


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, STAT_BYTES)
    finally:
        os.close(descriptor)
