"""node_edac_*: memory errors that the controllers corrected or could not (Documentation/driver-api/edac.rst)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from exporter.base.collector import Collector, NotApplicableError
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import list_folder, list_or_skip, read_text_or
from exporter.kernel.sysfs import read_samples

CONTROLLER = ("controller",)
CSROW = ("controller", "csrow")
CHANNEL = ("channel", "controller", "csrow", "dimm_label")


def _counter(name: str, help_text: str, labels: tuple[str, ...]) -> Family:
    return Family(f"node_edac_{name}_total", "counter", help_text, labels)


CONTROLLER_FILES = {
    "ce_count": _counter("correctable_errors", "Total correctable memory errors.", CONTROLLER),
    "ue_count": _counter("uncorrectable_errors", "Total uncorrectable memory errors.", CONTROLLER),
}
CSROW_CORRECTABLE = _counter("csrow_correctable_errors", "Total correctable memory errors for this csrow.", CSROW)
CSROW_UNCORRECTABLE = _counter("csrow_uncorrectable_errors", "Total uncorrectable memory errors for this csrow.", CSROW)
CSROW_FILES = {"ce_count": CSROW_CORRECTABLE, "ue_count": CSROW_UNCORRECTABLE}
# Errors that the controller saw but could not place are those of the csrow "unknown".
UNPLACED_FILES = {"ce_noinfo_count": CSROW_CORRECTABLE, "ue_noinfo_count": CSROW_UNCORRECTABLE}
CHANNEL_CORRECTABLE = _counter(
    "channel_correctable_errors", "Total correctable memory errors for this channel.", CHANNEL
)
CHANNEL_UNCORRECTABLE = _counter(
    "channel_uncorrectable_errors", "Total uncorrectable memory errors for this channel.", CHANNEL
)


class Edac(Collector):
    """Exposes the error counts of each memory controller, chip-select row and channel."""

    def collect(self) -> Iterable[Sample]:
        """Return the counts; raise NotApplicableError on a machine without a controller that tells, ValueError."""
        folder = self.roots.sys / "devices" / "system" / "edac" / "mc"
        controllers = [name for name in list_folder(folder) if re.fullmatch(r"mc\d+", name)]
        if not controllers:
            raise NotApplicableError("no memory controller in /sys/devices/system/edac/mc")
        for name in controllers:
            yield from _read_controller(folder / name, name[2:])


def _read_controller(folder: Path, number: str) -> Iterator[Sample]:
    yield from read_samples(folder, CONTROLLER_FILES, (number,))
    yield from read_samples(folder, UNPLACED_FILES, (number, "unknown"))
    for name in list_or_skip(folder):
        if re.fullmatch(r"csrow\d+", name):
            row = name[5:]
            yield from read_samples(folder / name, CSROW_FILES, (number, row))
            yield from _read_channels(folder / name, number, row)


def _read_channels(folder: Path, controller: str, row: str) -> Iterator[Sample]:
    matches = (re.fullmatch(r"ch(\d+)_[cu]e_count", name) for name in list_or_skip(folder))
    for channel in dict.fromkeys(match[1] for match in matches if match):
        label = clean_label(read_text_or(folder / f"ch{channel}_dimm_label", "unknown"))
        files = {f"ch{channel}_ce_count": CHANNEL_CORRECTABLE, f"ch{channel}_ue_count": CHANNEL_UNCORRECTABLE}
        yield from read_samples(folder, files, (channel, controller, row, label))


def clean_label(label: str) -> str:
    """Return a DIMM's label as node_exporter writes it: `mc#0csrow#1channel#0` is `mc0_csrow1_channel0`."""
    return label.replace("#", "").replace("csrow", "_csrow").replace("channel", "_channel")
