"""node_tape_*: I/O of SCSI tape drives, from /sys/class/scsi_tape."""

import re
from collections.abc import Iterable
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Devices
from exporter.kernel.name_filter import Filter
from exporter.kernel.sysfs import read_int

NANOSECONDS = 1_000_000_000


def _family(name: str, help_text: str) -> Family:
    return Family(f"node_tape_{name}", "counter" if name.endswith("_total") else "gauge", help_text, ("device",))


# Documentation/scsi/st.rst, "sysfs and statistics for tape devices": the file in `stats` of each family.
FAMILIES = {
    "in_flight": _family("io_now", "The number of I/Os currently outstanding to this device."),
    "io_ns": _family(
        "io_time_seconds_total",
        "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape "
        "movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on "
        "close tape devices are used.",
    ),
    "other_cnt": _family(
        "io_others_total",
        "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete "
        "these commands uses the following calculation "
        "io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
    ),
    "read_byte_cnt": _family("read_bytes_total", "The number of bytes read from the tape drive."),
    "read_cnt": _family("reads_completed_total", "The number of read requests issued to the tape drive."),
    "read_ns": _family("read_time_seconds_total", "The amount of time spent waiting for read requests to complete."),
    "resid_cnt": _family(
        "residual_total",
        "The number of times during a read or write we found the residual amount to be non-zero. This should mean that "
        "a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
    ),
    "write_byte_cnt": _family("written_bytes_total", "The number of bytes written to the tape drive."),
    "write_cnt": _family("writes_completed_total", "The number of write requests issued to the tape drive."),
    "write_ns": _family("write_time_seconds_total", "The amount of time spent waiting for write requests to complete."),
}
# A drive has several device files (nst0, st0a, …); these are the ones without a mode.
DRIVE = re.compile(r"st\d+")


class TapestatsOptions(Options, frozen=True, kw_only=True):
    """Which drives are exposed."""

    ignored_devices: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = "^$"


class Tapestats(Collector):
    """Exposes the counters of each tape drive that the filter leaves."""

    options_type = TapestatsOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._filter = Filter(self.options.ignored_devices)
        self._devices = Devices(roots.sys / "class" / "scsi_tape", DRIVE.fullmatch)

    def collect(self) -> Iterable[Sample]:
        """Yield the counters; raise NotApplicableError without a drive, ValueError when one is no number."""
        drives = self._devices.find()
        if not drives:
            raise NotApplicableError("/sys/class/scsi_tape has no drive")
        for drive in drives:
            if self._filter.accepts(drive.name):
                for name, family in FAMILIES.items():
                    value = read_int(drive.path / "stats" / name)
                    if value is not None:
                        yield Sample(family, value / NANOSECONDS if name.endswith("_ns") else value, (drive.name,))
