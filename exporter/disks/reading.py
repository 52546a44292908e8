"""Finds the disks that have a health to tell, and asks each of them on its own."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.base.calls import DiskCommands
from exporter.disks import ata, families, nvme
from exporter.exposition.text import Sample
from exporter.kernel import ata_ioctl, nvme_ioctl
from exporter.kernel.files import list_folder, read_text_or
from exporter.parsing.items import UNREADABLE

ATA_VENDOR = "ATA"  # what libata, and a host adapter that translates for SATA disks, gives as the SCSI vendor
FABRICS = frozenset({"tcp", "rdma", "fc", "loop"})  # whose disks are another machine's to watch
FORBIDDEN = (errno.EPERM, errno.EACCES)


def find_ata(sys: Path) -> list[str]:
    """Return the names of the ATA disks; raise OSError."""
    names = [name for name in list_folder(sys / "block") if name.startswith("sd")]
    # One that does not tell its vendor is asked who it is.
    return [name for name in names if read_text_or(sys / "block" / name / "device" / "vendor") in {ATA_VENDOR, ""}]


def find_nvme(sys: Path) -> list[str]:
    """Return the names of the NVMe controllers on this machine's own bus; raise OSError."""
    folder = sys / "class" / "nvme"
    return [name for name in list_folder(folder) if read_text_or(folder / name / "transport") not in FABRICS]


class Sleeping(Exception):  # noqa: N818 - nothing is wrong with it
    """The disk's motor rests; to ask it for more would start that."""


class Disks:
    """The disks of one machine. What a disk told is kept for as long as its motor rests."""

    def __init__(self, sys: Path, devices: Path, commands: DiskCommands) -> None:
        """Take where /sys is, and where the devices are: /dev."""
        self._sys = sys
        self._devices = devices
        self._commands = commands
        self._told: dict[str, list[Sample]] = {}
        self.failures: dict[str, str] = {}  # of the last reading: what could not be read or understood, and why

    def find(self) -> list[str]:
        """Return the names of all disks; what can't be listed is a failure."""
        return [*self._list(find_ata), *self._list(find_nvme)]

    def _list(self, find: Callable[[Path], list[str]]) -> list[str]:
        try:
            return find(self._sys)
        except OSError as error:
            self.failures[str(error.filename)] = str(error)
            return []

    def read(self) -> list[Sample]:
        """Return what all disks tell, each asked on its own; raise PermissionError when none of them may be asked."""
        self.failures = {}
        told: dict[str, list[Sample]] = {}
        refusals: dict[str, OSError] = {}
        for ask, names in ((self._ask_ata, self._list(find_ata)), (self._ask_nvme, self._list(find_nvme))):
            for name in names:
                told[name] = []
                try:
                    with self._attempt(name):
                        for sample in ask(name):
                            told[name].append(sample)
                except Sleeping:
                    told[name] = self._told.get(name, [])
                except OSError as error:
                    refusals[name] = error
        self._told = told
        if refusals and not any(told.values()):
            raise next(iter(refusals.values()))
        self.failures |= {name: str(error) for name, error in refusals.items()}
        return [sample for samples in told.values() for sample in samples]

    @contextmanager
    def _attempt(self, place: str) -> Iterator[None]:
        """Keep what fails as a failure of that place; let go what is forbidden, for that is so everywhere."""
        try:
            yield
        except UNREADABLE as error:
            if isinstance(error, OSError) and error.errno in FORBIDDEN:
                raise
            self.failures[place] = str(error)

    def _ask_ata(self, name: str) -> Iterator[Sample]:
        path = self._devices / name
        with self._attempt(f"{name}: power mode"):  # a disk that can't tell is awake
            registers = self._commands.ata(path, ata_ioctl.CHECK_POWER_MODE).registers
            if registers is not None and registers.sector_count == ata.STANDBY:
                raise Sleeping
        identity = ata.parse_identity(self._commands.ata(path, ata_ioctl.IDENTIFY).data)
        yield from families.describe_ata_identity(name, identity)
        if not identity.has_smart:
            return
        thresholds: dict[int, int] = {}
        attributes: list[ata.Attribute] = []
        with self._attempt(f"{name}: thresholds"):
            thresholds = ata.parse_thresholds(self._commands.ata(path, ata_ioctl.SMART_THRESHOLDS).data)
        with self._attempt(f"{name}: attributes"):
            attributes = ata.parse_attributes(self._commands.ata(path, ata_ioctl.SMART_DATA).data, thresholds)
        yield from families.describe_ata_attributes(name, attributes)
        passes: bool | None = None
        with self._attempt(f"{name}: status"):  # bridges lose the registers, in which the answer is
            passes = ata.passes(self._commands.ata(path, ata_ioctl.SMART_STATUS).registers)
        if passes is None and attributes and thresholds:
            passes = not any(attribute.is_failing for attribute in attributes)
        if passes is not None:
            yield from families.describe_status(name, passes=passes)

    def _ask_nvme(self, name: str) -> Iterator[Sample]:
        path = self._devices / name
        with self._attempt(f"{name}: identity"):
            identity = nvme.parse_identity(self._commands.nvme(path, nvme_ioctl.IDENTIFY))
            yield from families.describe_nvme_identity(name, identity)
        health = nvme.parse_health(self._commands.nvme(path, nvme_ioctl.HEALTH))
        yield from families.describe_nvme_health(name, health)
