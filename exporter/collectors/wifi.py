"""node_wifi_*: radio devices, what they have joined, and the stations that they hear, over nl80211."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from exporter.base.calls import Netlink
from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Kind, Sample
from exporter.kernel import nl80211
from exporter.kernel.nl80211 import Radio, Station
from exporter.parsing.items import item

FREQUENCY = Family(
    "node_wifi_interface_frequency_hertz",
    "gauge",
    "The current frequency a WiFi interface is operating at, in hertz.",
    ("device",),
)
INFO = Family(
    "node_wifi_station_info",
    "gauge",
    "Labeled WiFi interface station information as provided by the operating system.",
    ("device", "bssid", "ssid", "mode"),
)


def _station(name: str, kind: Kind, help_text: str) -> Family:
    return Family(f"node_wifi_station_{name}", kind, help_text, ("device", "mac_address"))


# What the driver tells of a station, and what makes the family's unit of nl80211's.
NUMBERS = {
    nl80211.STA_CONNECTED_TIME: (
        _station(
            "connected_seconds_total", "counter",
            "The total number of seconds a station has been connected to an access point.",
        ), 1, 1,
    ),
    nl80211.STA_INACTIVE_TIME: (
        _station(
            "inactive_seconds", "gauge", "The number of seconds since any wireless activity has occurred on a station."
        ), 1, 1000,
    ),
    nl80211.STA_RX_BITRATE: (
        _station(
            "receive_bits_per_second", "gauge", "The current WiFi receive bitrate of a station, in bits per second."
        ), 100_000, 1,
    ),
    nl80211.STA_TX_BITRATE: (
        _station(
            "transmit_bits_per_second", "gauge", "The current WiFi transmit bitrate of a station, in bits per second."
        ), 100_000, 1,
    ),
    nl80211.STA_RX_BYTES: (
        _station("receive_bytes_total", "counter", "The total number of bytes received by a WiFi station."), 1, 1,
    ),
    nl80211.STA_TX_BYTES: (
        _station("transmit_bytes_total", "counter", "The total number of bytes transmitted by a WiFi station."), 1, 1,
    ),
    nl80211.STA_SIGNAL: (
        _station("signal_dbm", "gauge", "The current WiFi signal strength, in decibel-milliwatts (dBm)."), 1, 1,
    ),
    nl80211.STA_TX_RETRIES: (
        _station(
            "transmit_retries_total", "counter",
            "The total number of times a station has had to retry while sending a packet.",
        ), 1, 1,
    ),
    nl80211.STA_TX_FAILED: (
        _station(
            "transmit_failed_total", "counter", "The total number of times a station has failed to send a packet."
        ), 1, 1,
    ),
    nl80211.STA_BEACON_LOSS: (
        _station(
            "beacon_loss_total", "counter", "The total number of times a station has detected a beacon loss."
        ), 1, 1,
    ),
    nl80211.STA_TX_PACKETS: (
        _station(
            "transmitted_packets_total", "counter", "The total number of packets transmitted by a station."
        ), 1, 1,
    ),
    nl80211.STA_RX_PACKETS: (
        _station("received_packets_total", "counter", "The total number of packets received by a station."), 1, 1,
    ),
}  # fmt: skip
MODES = {0: "client", 1: "client", 2: "ad-hoc"}  # authenticated, associated, joined (NL80211_BSS_STATUS_*)
# What a driver answers that has no such list, or whose device has been unplugged meanwhile.
NOTHING_TO_TELL = frozenset({errno.EOPNOTSUPP, errno.ENOENT, errno.ENODEV})


@contextmanager
def _nothing_to_tell() -> Iterator[None]:
    """Pass over the answer of a driver that has nothing to tell."""
    try:
        yield
    except OSError as error:
        if error.errno not in NOTHING_TO_TELL:
            raise


class Wifi(Collector):
    """Exposes each radio device's frequency, what it has joined and whom it hears."""

    enabled_by_default = False

    def __init__(self, roots: Roots, netlink: Netlink, options: object = None) -> None:
        super().__init__(roots, options)
        self._dump = netlink.dump
        self._family: int | None = None

    def collect(self) -> Iterable[Sample]:
        """Yield the samples; raise NotApplicableError without a radio, OSError when netlink can't be asked."""
        if self._family is None:
            self._family = nl80211.find_family(self._dump, "nl80211")
        if self._family is None:
            raise NotApplicableError("the kernel has no nl80211")
        try:
            radios = nl80211.list_radios(self._dump, self._family)
        except OSError:
            self._family = None  # a module that was loaded anew has another number
            raise
        if not radios:
            raise NotApplicableError("there is no radio device")
        for radio in radios:
            if radio.name:  # a peer-to-peer device has none
                yield from self._read(radio, self._family)

    def _read(self, radio: Radio, family: int) -> Iterator[Sample]:
        if radio.frequency_mhz is not None:
            yield Sample(FREQUENCY, radio.frequency_mhz * 1_000_000, (radio.name,))
        with item(f"{radio.name}: what it has joined"), _nothing_to_tell():
            cell = nl80211.find_cell(self._dump, family, radio)
            if cell is not None:
                yield Sample(INFO, 1, (radio.name, cell.bssid, cell.ssid, MODES.get(cell.status, "unknown")))
        with item(f"{radio.name}: whom it hears"), _nothing_to_tell():
            for station in nl80211.list_stations(self._dump, family, radio):
                yield from show_station(radio, station)


def show_station(radio: Radio, station: Station) -> Iterator[Sample]:
    """Yield what the driver tells of a station."""
    for kind, (family, multiplier, divisor) in NUMBERS.items():
        if kind in station.numbers:
            number = station.numbers[kind] * multiplier
            yield Sample(family, number if divisor == 1 else number / divisor, (radio.name, station.address))
