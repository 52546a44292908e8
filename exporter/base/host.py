"""Where this host is read: the roots of /proc, /sys, / and udev's data, and the system calls."""

import os
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from exporter.kernel.clock import adjtimex
from exporter.kernel.dbus import connect
from exporter.kernel.ethtool_ioctl import ask
from exporter.kernel.files import KernelFile
from exporter.kernel.links import Link, Links
from exporter.kernel.netlink import dump
from exporter.kernel.process_list import Process, read_processes
from exporter.kernel.sntp import exchange

if TYPE_CHECKING:
    from exporter.docker.inventory import Inventory


def device_number(path: str) -> int:
    """Return the number of the device that a file lies on; raise OSError."""
    return os.stat(path).st_dev  # noqa: PTH116 - a daemon's text, taken as it is


class Calls(NamedTuple):
    """The system calls that tell of the running machine; a test gives others."""

    now: Callable[[], float] = time.time
    uname: Callable[[], os.uname_result] = os.uname
    statvfs: Callable[[str], os.statvfs_result] = os.statvfs
    device_number: Callable[[str], int] = device_number
    adjtimex: Callable[[], tuple[int, bytes]] = adjtimex
    ethtool: Callable[[str, bytes, int], bytes] = ask
    dump: Callable[[int, int, bytes], Iterable[bytes]] = dump
    interface_name: Callable[[int], str] = socket.if_indextoname
    exchange: Callable[[str, int, int, bytes, float], bytes] = exchange
    connect: Callable[[Path, float], socket.socket] = connect


class Host:
    """The roots that everything is read under, and the system calls, so that all runs on fixtures too."""

    def __init__(
        self,
        proc: Path = Path("/proc"),
        sys: Path = Path("/sys"),
        root: Path = Path("/"),
        udev: Path = Path("/run/udev/data"),
        calls: Calls | None = None,
    ) -> None:
        self.proc = proc
        self.sys = sys
        self.root = root
        self.udev = udev
        self.calls = calls or Calls()
        self.is_live = proc == Path("/proc")  # netlink and adjtimex tell of this kernel, never of a fixture
        self.inventory: Inventory | None = None  # of the containers, where somebody follows their daemon
        self._shared: dict[str, _Shared] = {}
        self._links = Links()
        self._dumped: list[Link] | None = None
        self._processes: list[Process] | None = None
        self._scrape = 0

    def begin_scrape(self) -> None:
        """Forget what `read_shared` kept for the last scrape."""
        self._scrape += 1
        self._dumped = None
        self._processes = None

    def links(self) -> list[Link]:
        """Return the network devices, dumped once in a scrape; raise OSError."""
        if self._dumped is None:
            self._dumped = self._links.dump()
        return self._dumped

    def interface_name(self, number: int) -> str:
        """Return the name of a network device by its index, "" when there is none (any more)."""
        try:
            return self.calls.interface_name(number)
        except OSError:
            return ""

    def processes(self) -> list[Process]:
        """Return the processes, listed once in a scrape; raise OSError, and ValueError for a malformed one."""
        if self._processes is None:
            self._processes = list(read_processes(self.proc))
        return self._processes

    def read_shared(self, *parts: str) -> bytes:
        """Return a file under /proc that several collectors need, read once in a scrape; raise OSError."""
        name = "/".join(parts)
        shared = self._shared.get(name)
        if shared is None:
            shared = self._shared[name] = _Shared(KernelFile(self.proc.joinpath(*parts)))
        if shared.scrape != self._scrape:
            shared.content = shared.file.read()
            shared.scrape = self._scrape
        return shared.content

    def close(self) -> None:
        """Give back the descriptors kept between scrapes."""
        self._links.close()
        if self.inventory is not None:
            self.inventory.close()
        for shared in self._shared.values():
            shared.file.close()

    def file(self, *parts: str) -> KernelFile:
        """Return a file under /proc for one collector to keep."""
        return KernelFile(self.proc.joinpath(*parts))


class _Shared:
    """A file and what it said in the scrape of that number."""

    def __init__(self, file: KernelFile) -> None:
        self.file = file
        self.content = b""
        self.scrape = -1
