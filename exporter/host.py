"""Where this host is read: the roots of /proc, /sys, / and udev's data, and files kept open between scrapes."""

import os
import select
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from exporter.clock import adjtimex
from exporter.dbus import connect
from exporter.ethtool import ask
from exporter.netlink import Link, Links
from exporter.netlink_socket import dump
from exporter.processes import Process, read_processes
from exporter.sntp import exchange

if TYPE_CHECKING:
    from exporter.docker.inventory import Inventory

READ_BYTES = 65536
FIRST_READ_BYTES = 4096  # what is allocated for each read; grows to twice what a file turned out to hold


class KernelFile:
    """A file that the kernel writes anew at each read, kept open: a scrape costs a `pread` instead of three calls.

    The descriptor is opened at the first read and again after any error: a device or a process that went away and
    came back has another one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._size_bytes = FIRST_READ_BYTES

    def read(self) -> bytes:
        """Return the whole file as it is now; raise OSError, and FileNotFoundError when it isn't there."""
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            # A seq_file hands out whole records, so a short read is not the end: only an empty one is
            # (Documentation/filesystems/seq_file.rst).
            content = os.pread(self._descriptor, self._size_bytes, 0)
            if not content:
                return content
            chunks, offset = [content], len(content)
            while more := os.pread(self._descriptor, self._size_bytes, offset):
                chunks.append(more)
                offset += len(more)
            if len(chunks) == 1:
                return content
            self._size_bytes = 2 * offset
            return b"".join(chunks)
        except OSError:
            self.close()
            raise

    def has_changed(self) -> bool:
        """Return whether a file that tells of its changes, such as mountinfo, has changed since it was asked last.

        True as well before the first read. proc(5): a change of mounts is marked as a priority event and an error.
        """
        if self._descriptor < 0:
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLPRI)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Give the descriptor back; the next read opens the file again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


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


def read_text(path: Path) -> str:
    """Return a small file's text without the white space around it; raise OSError.

    For the many one-line files of /sys; bytes that are not UTF-8 become U+FFFD, as label values must be UTF-8.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, READ_BYTES).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)


def read_text_or(path: Path, default: str = "") -> str:
    """Return `read_text(path)`, or `default` when the attribute is absent or its driver refuses to read it."""
    try:
        return read_text(path)
    except OSError:
        return default


def list_folder(path: Path) -> list[str]:
    """Return the sorted names in a folder, [] when it is absent; raise OSError when it can't be read."""
    try:
        return sorted(os.listdir(path))  # noqa: PTH208 - half the cost of iterdir, at every scrape
    except (FileNotFoundError, NotADirectoryError):
        return []
