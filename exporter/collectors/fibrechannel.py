"""node_fibrechannel_*: the ports of Fibre Channel adapters, from /sys/class/fc_host."""

from collections.abc import Iterable
from pathlib import Path

from exporter.base.collector import Collector, NotApplicableError
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import list_folder, read_text_or
from exporter.kernel.sysfs import read_int

# drivers/scsi/scsi_transport_fc.c: firmware that does not count something says so by all bits set.
NOT_COUNTED = 2**64 - 1


def _counter(name: str, help_text: str) -> Family:
    return Family(f"node_fibrechannel_{name}_total", "counter", help_text, ("fc_host",))


STATISTICS = {
    "dumped_frames": _counter("dumped_frames", "Number of dumped frames"),
    "error_frames": _counter("error_frames", "Number of errors in frames"),
    "invalid_crc_count": _counter("invalid_crc", "Invalid Cyclic Redundancy Check count"),
    "rx_frames": _counter("rx_frames", "Number of frames received"),
    "rx_words": _counter("rx_words", "Number of words received by host port"),
    "tx_frames": _counter("tx_frames", "Number of frames transmitted by host port"),
    "tx_words": _counter("tx_words", "Number of words transmitted by host port"),
    "seconds_since_last_reset": _counter("seconds_since_last_reset", "Number of seconds since last host port reset"),
    "invalid_tx_word_count": _counter("invalid_tx_words", "Number of invalid words transmitted by host port"),
    "link_failure_count": _counter("link_failure", "Number of times the host port link has failed"),
    "loss_of_sync_count": _counter("loss_of_sync", "Number of failures on either bit or transmission word boundaries"),
    "loss_of_signal_count": _counter("loss_of_signal", "Number of times signal has been lost"),
    "nos_count": _counter("nos", "Number Not_Operational Primitive Sequence received by host port"),
    "fcp_packet_aborts": _counter("fcp_packet_aborts", "Number of aborted packets"),
}
INFO = Family(
    "node_fibrechannel_info",
    "gauge",
    "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.",
    (
        "dev_loss_tmo", "fabric_name", "fc_host", "port_id", "port_name", "port_state",
        "port_type", "speed", "supported_classes", "supported_speeds", "symbolic_name",
    ),
)  # fmt: skip
WORLD_WIDE_NUMBERS = frozenset({"fabric_name", "port_id", "port_name"})  # shown without their 0x


class Fibrechannel(Collector):
    """Exposes the identity and the counters of each port."""

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError without such an adapter, ValueError.

        A port that is disabled has no statistics, and then no counters here.
        """
        folder = self.roots.sys / "class" / "fc_host"
        hosts = list_folder(folder)
        if not hosts:
            raise NotApplicableError("no adapter in /sys/class/fc_host")
        for name in hosts:
            yield Sample(INFO, 1, tuple(_read_label(folder / name, label) for label in INFO.labels))
            for file, family in STATISTICS.items():
                value = read_int(folder / name / "statistics" / file)
                if value is not None and value != NOT_COUNTED:
                    yield Sample(family, value, (name,))


def _read_label(folder: Path, label: str) -> str:
    if label == "fc_host":
        return folder.name
    text = read_text_or(folder / label)
    return text.removeprefix("0x") if label in WORLD_WIDE_NUMBERS else text
