"""The system calls that tell of the running machine, one type for each subject; a test gives others."""

import os
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from exporter.kernel import clock, dbus, ethtool_ioctl, netlink, sntp


def device_number(path: str) -> int:
    """Return the number of the device that a file lies on; raise OSError."""
    return os.stat(path).st_dev  # noqa: PTH116 - a daemon's text, taken as it is


class Clock(NamedTuple):
    """The time in seconds since 1970, and what adjtimex(2) tells of the clock."""

    now: Callable[[], float] = time.time
    adjtimex: Callable[[], tuple[int, bytes]] = clock.adjtimex


class Identity(NamedTuple):
    """Who the machine is: uname(2)."""

    uname: Callable[[], os.uname_result] = os.uname


class FileSystems(NamedTuple):
    """How large file systems are, and which device a file lies on; both raise OSError."""

    statvfs: Callable[[str], os.statvfs_result] = os.statvfs
    device_number: Callable[[str], int] = device_number


class Netlink(NamedTuple):
    """Dumps over netlink(7), and the names of network devices by their indexes; both raise OSError."""

    dump: Callable[[int, int, bytes], Iterable[bytes]] = netlink.dump
    index_to_name: Callable[[int], str] = socket.if_indextoname

    def interface_name(self, index: int) -> str:
        """Return the name of a network device, "" when there is none (any more)."""
        try:
            return self.index_to_name(index)
        except OSError:
            return ""


class EthtoolCalls(NamedTuple):
    """The ioctl SIOCETHTOOL; raises OSError."""

    ask: Callable[[str, bytes, int], bytes] = ethtool_ioctl.ask


class NtpCalls(NamedTuple):
    """One exchange with an NTP server; raises OSError."""

    exchange: Callable[[str, int, int, bytes, float], bytes] = sntp.exchange


class DBusCalls(NamedTuple):
    """A connection to a unix socket that speaks D-Bus, with its timeout in seconds; raises OSError."""

    connect: Callable[[Path, float], socket.socket] = dbus.connect
