"""The system calls that tell of the running machine, one type for each subject; a test gives others."""

import os
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from exporter.kernel import (
    ata_ioctl,
    clock,
    dbus,
    ethtool_ioctl,
    ipmi_ioctl,
    netlink,
    nvme_ioctl,
    nvml,
    perf_event,
    sntp,
    xml_rpc,
)


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


class XmlRpcCalls(NamedTuple):
    """The body of the answer to an XML-RPC call of a URL's method; raises OSError and ValueError."""

    ask: Callable[[str, str, float], bytes] = xml_rpc.ask


class PerfCalls(NamedTuple):
    """A counter of perf_event_open(2) by its type and event on a CPU; raises OSError."""

    open: Callable[[int, int, int], perf_event.Counter] = perf_event.open_counter


class DBusCalls(NamedTuple):
    """A connection to a unix socket that speaks D-Bus, with its timeout in seconds; raises OSError."""

    connect: Callable[[Path, float], socket.socket] = dbus.connect


class DiskCommands(NamedTuple):
    """Commands to an ATA disk and to an NVMe controller that read what they tell of themselves; both raise OSError."""

    ata: Callable[[Path, ata_ioctl.Command], ata_ioctl.Answer] = ata_ioctl.send
    nvme: Callable[[Path, nvme_ioctl.Command], bytes] = nvme_ioctl.send


class NvidiaLibrary(NamedTuple):
    """NVIDIA's management library as the module pynvml; `load` raises NotFoundError where the machine lacks it."""

    load: Callable[[], Any] = nvml.load


class IpmiCalls(NamedTuple):
    """Opens the device of the management controller; raises OSError."""

    open: Callable[[Path], Any] = ipmi_ioctl.IpmiDevice
