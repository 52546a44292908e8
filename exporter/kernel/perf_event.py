"""Counters of perf_event_open(2): hardware, software, cache events and tracepoints of a CPU, whoever runs on it."""

import ctypes
import os
import platform
import struct
from typing import Protocol

# include/uapi/linux/perf_event.h
TYPE_HARDWARE, TYPE_SOFTWARE, TYPE_TRACEPOINT, TYPE_CACHE = 0, 1, 2, 3
# struct perf_event_attr up to its first version: type, size, config, sample period, sample type, read format, flags.
ATTRIBUTES = struct.Struct("=IIQQQQQ16x")
EXCLUDE_HYPERVISOR = 1 << 6
FLAG_CLOEXEC = 8
EVERY_PROCESS, NO_GROUP = -1, -1
SYSTEM_CALLS = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "loongarch64": 241, "ppc64le": 319, "s390x": 331}
VALUE = struct.Struct("=Q")


class Counter(Protocol):
    """A number that only grows."""

    def read(self) -> int:
        """Return it; raise OSError."""

    def close(self) -> None:
        """Give it back."""


class KernelCounter:
    """A counter that the kernel has opened for us."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> int:
        """Return what it has counted since it was opened; raise OSError, also for a CPU that can't count it."""
        content = os.read(self._descriptor, VALUE.size)
        if len(content) < VALUE.size:
            raise OSError("the event could not be put on its CPU")
        number: int = VALUE.unpack(content)[0]
        return number

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)


def open_counter(kind: int, config: int, cpu: int) -> Counter:
    """Return a counter of one event on one CPU; raise OSError when it is forbidden or the machine has no such event."""
    number = SYSTEM_CALLS.get(platform.machine())
    if number is None:
        raise OSError(f"perf_event_open's number on {platform.machine()} is not known")
    attributes = ATTRIBUTES.pack(kind, ATTRIBUTES.size, config, 0, 0, 0, EXCLUDE_HYPERVISOR)
    descriptor = ctypes.CDLL(None, use_errno=True).syscall(
        ctypes.c_long(number), attributes, EVERY_PROCESS, cpu, NO_GROUP, ctypes.c_ulong(FLAG_CLOEXEC)
    )
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return KernelCounter(descriptor)
