"""node_drbd_*: replicated block devices of DRBD 8.4, from /proc/drbd."""

import re
from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Kind, Sample
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import natural

KIBIBYTE = 1024


def _family(name: str, kind: Kind, help_text: str, *labels: str) -> Family:
    return Family(f"node_drbd_{name}", kind, help_text, ("device", *labels))


# What the numbers mean: drbd.conf(5), "/proc/drbd"; amounts of data are in KiB.
# node_exporter takes `nr` for bytes, and so shows a 1,024th of what was received.
NUMBERS = {
    "ns": (_family("network_sent_bytes_total", "counter", "Total number of bytes sent via the network."), KIBIBYTE),
    "nr": (
        _family("network_received_bytes_total", "counter", "Total number of bytes received via the network."), KIBIBYTE,
    ),
    "dw": (
        _family("disk_written_bytes_total", "counter", "Net data written on local hard disk; in bytes."), KIBIBYTE,
    ),
    "dr": (_family("disk_read_bytes_total", "counter", "Net data read from local hard disk; in bytes."), KIBIBYTE),
    "al": (
        _family(
            "activitylog_writes_total", "counter", "Number of updates of the activity log area of the meta data."
        ), 1,
    ),
    "bm": (_family("bitmap_writes_total", "counter", "Number of updates of the bitmap area of the meta data."), 1),
    "lo": (_family("local_pending", "gauge", "Number of open requests to the local I/O sub-system."), 1),
    "pe": (
        _family(
            "remote_pending", "gauge",
            "Number of requests sent to the peer, but that have not yet been answered by the latter.",
        ), 1,
    ),
    "ua": (
        _family(
            "remote_unacknowledged", "gauge",
            "Number of requests received by the peer via the network connection, but that have not yet been answered.",
        ), 1,
    ),
    "ap": (
        _family(
            "application_pending", "gauge",
            "Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD.",
        ), 1,
    ),
    "ep": (_family("epochs", "gauge", "Number of Epochs currently on the fly."), 1),
    "oos": (
        _family("out_of_sync_bytes", "gauge", "Amount of data known to be out of sync; in bytes."), KIBIBYTE,
    ),
}  # fmt: skip
# What is said of this node and, behind a slash, of the other one; and what is good.
PAIRS = {
    "ro": (
        _family("node_role_is_primary", "gauge", "Whether the role of the node is in the primary state.", "node"),
        "Primary",
    ),
    "ds": (
        _family("disk_state_is_up_to_date", "gauge", "Whether the disk of the node is up to date.", "node"),
        "UpToDate",
    ),
}
CONNECTED = _family("connected", "gauge", "Whether DRBD is connected to the peer.")
DEVICE = re.compile(rb"[ \t]*([0-9]{1,7}):[ \t]")


def parse(text: bytes) -> Iterator[Sample]:
    """Yield the samples of all devices: a line `0: cs:…` begins one, and the next lines tell more of it."""
    device = ""
    for line in split_lines(text):
        if match := DEVICE.match(line):
            device = f"drbd{int(match[1])}"
        if not device:
            continue
        for word in split_words(line.decode("utf-8", "replace")):
            key, separator, value = word.partition(":")
            if separator and value:
                with item(f"/proc/drbd: {key} of {device}"):
                    yield from parse_word(device, key, value)


def parse_word(device: str, key: str, value: str) -> Iterator[Sample]:
    """Yield the samples of a word `key:value`, none of one that means nothing here; raise ValueError."""
    if key in NUMBERS:
        family, factor = NUMBERS[key]
        yield Sample(family, natural(value) * factor, (device,))
    elif key in PAIRS:
        family, good = PAIRS[key]
        local, separator, remote = value.partition("/")
        if not separator:
            raise ValueError(f"expected two states, got {value[:80]!r}")
        yield Sample(family, int(local == good), (device, "local"))
        yield Sample(family, int(remote == good), (device, "remote"))
    elif key == "cs":
        yield Sample(CONNECTED, int(value == "Connected"), (device,))


class Drbd(Collector):
    """Exposes what each device replicates, and whether it can."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("drbd")

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError without the module drbd."""
        try:
            text = self._file.read()
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/drbd") from error
        return parse(text)

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
