"""smartctl_device*: health of ATA disks (SMART) and NVMe controllers (wear, spare, errors), asked by ioctl."""

from time import monotonic
from typing import Annotated

import msgspec

from exporter.base.calls import DiskCommands
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.disks.reading import Disks
from exporter.exposition.text import render
from exporter.parsing.items import skip
from vigie.core.settings import Duration


class SmartOptions(Options, frozen=True, kw_only=True):
    """How often disks are asked."""

    refresh_interval: Annotated[
        Duration, msgspec.Meta(ge=0, description="How long what the disks told is shown before they are asked again.")
    ] = 300.0


class Smart(Collector):
    """Exposes what disks tell of their health; to ask them needs CAP_SYS_RAWIO (ATA) and CAP_SYS_ADMIN (NVMe).

    Where the exporter has neither, `vigie smart` asks as root and leaves a file for the collector textfile.
    """

    # Commands go to disks and to the bridges before them, of which old ones hang: somebody has to want that.
    enabled_by_default = False
    options_type = SmartOptions

    def __init__(self, roots: Roots, commands: DiskCommands, options: object = None) -> None:
        super().__init__(roots, options)
        self._disks = Disks(roots.sys, roots.root / "dev", commands)
        self._text = b""
        self._read_again_at = 0.0

    def page(self) -> bytes:
        """Return what the disks told last; raise NotApplicableError without disks or without the right, OSError."""
        if monotonic() >= self._read_again_at:
            self._read()
        for place, reason in self._disks.failures.items():
            skip(place, reason)
        return self._text

    def _read(self) -> None:
        if not self._disks.find():
            raise NotApplicableError("no ATA disk in /sys/block, no NVMe controller in /sys/class/nvme")
        try:
            self._text = render(self._disks.read())
        except PermissionError as error:
            raise NotApplicableError(
                f"{error.filename}: {error.strerror}; expected CAP_SYS_RAWIO and CAP_SYS_ADMIN, or `vigie smart`"
            ) from error
        self._read_again_at = monotonic() + self.options.refresh_interval
