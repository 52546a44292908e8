"""Where the host's files lie: the roots of /proc, /sys, / and udev's data, so that a collector runs on fixtures too."""

from pathlib import Path
from typing import NamedTuple

from exporter.kernel.files import KernelFile

PROC = Path("/proc")


class Roots(NamedTuple):
    """The folders under which everything is read."""

    proc: Path = PROC
    sys: Path = Path("/sys")
    root: Path = Path("/")
    udev: Path = Path("/run/udev/data")

    @property
    def is_live(self) -> bool:
        """Whether these are the files of the running kernel: netlink tells of that one, never of a fixture."""
        return self.proc == PROC

    def file(self, *parts: str) -> KernelFile:
        """Return a file under /proc for a collector to keep."""
        return KernelFile(self.proc.joinpath(*parts))
