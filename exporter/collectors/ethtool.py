"""node_ethtool_*, node_network_supported_*: drivers' own statistics, and what ports can do, over SIOCETHTOOL."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, count
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.calls import EthtoolCalls
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Series, Sheet
from exporter.kernel import ethtool_ioctl
from exporter.kernel.files import list_folder
from exporter.kernel.name_filter import Filter
from exporter.parsing.names import distinct_labels

BYTES_PER_MBIT = 1_000_000 // 8
# Bits of enum ethtool_link_mode_bit_indices (include/uapi/linux/ethtool.h): Mbit/s, duplex and PHY of each mode.
SPEEDS = {
    0: (10, "half", "T"), 1: (10, "full", "T"), 2: (100, "half", "T"), 3: (100, "full", "T"),
    4: (1000, "half", "T"), 5: (1000, "full", "T"), 12: (10000, "full", "T"), 17: (1000, "full", "KX"),
    18: (10000, "full", "KX4"), 19: (10000, "full", "KR"), 20: (10000, "full", "R_FEC"),
    21: (20000, "full", "MLD2"), 22: (20000, "full", "KR2"), 23: (40000, "full", "KR4"),
    24: (40000, "full", "CR4"), 25: (40000, "full", "SR4"), 26: (40000, "full", "LR4"),
    27: (56000, "full", "KR4"), 28: (56000, "full", "CR4"), 29: (56000, "full", "SR4"),
    30: (56000, "full", "LR4"), 31: (25000, "full", "CR"),
}  # fmt: skip
PORTS = {7: "TP", 8: "AUI", 9: "MII", 10: "FIBRE", 11: "BNC", 16: "Backplane"}
ABILITIES = {"autonegotiate": 6, "pause": 13, "asymmetricpause": 14}
WORDS = {"supported": "supported", "advertised": "offered"}


def _gauge(name: str, help_text: str, *label: str) -> Family:
    return Family(f"node_{name}", "gauge", help_text, ("device", *label))


INFO_LABELS = ("bus_info", "device", "driver", "expansion_rom_version", "firmware_version", "version")
INFO = Family(
    "node_ethtool_info",
    "gauge",
    f"A metric with a constant '1' value labeled by {', '.join(INFO_LABELS)}.",
    INFO_LABELS,
)
PORT = _gauge("network_supported_port_info", "Type of ports or PHYs supported by network device", "type")
AUTONEGOTIATE = _gauge("network_autonegotiate", "If this port is using autonegotiate")
SPEED = {
    way: _gauge(
        f"network_{way}_speed_bytes", f"Combination of speeds and features {word} by network device", "duplex", "mode"
    )
    for way, word in WORDS.items()
}
ABILITY = {
    ("autonegotiate", "supported"): _gauge(
        "network_autonegotiate_supported", "If this port device supports autonegotiate"
    ),
    ("autonegotiate", "advertised"): _gauge(
        "network_autonegotiate_advertised", "If this port device offers autonegotiate"
    ),
    ("pause", "supported"): _gauge("network_pause_supported", "If this port device supports pause frames"),
    ("pause", "advertised"): _gauge("network_pause_advertised", "If this port device offers pause capability"),
    ("asymmetricpause", "supported"): _gauge(
        "network_asymmetricpause_supported", "If this port device supports asymmetric pause frames"
    ),
    ("asymmetricpause", "advertised"): _gauge(
        "network_asymmetricpause_advertised", "If this port device offers asymmetric pause capability"
    ),
}


def _statistic(name: str, help_text: str) -> Family:
    return Family(f"node_ethtool_{name}", "untyped", help_text, ("device",))


# Statistics that most drivers have, under names of their own.
COMMON = {
    "rx_bytes": _statistic("received_bytes_total", "Network interface bytes received"),
    "rx_dropped": _statistic("received_dropped_total", "Number of received frames dropped"),
    "rx_errors": _statistic("received_errors_total", "Number of received frames with errors"),
    "rx_packets": _statistic("received_packets_total", "Network interface packets received"),
    "tx_bytes": _statistic("transmitted_bytes_total", "Network interface bytes sent"),
    "tx_errors": _statistic("transmitted_errors_total", "Number of sent frames with errors"),
    "tx_packets": _statistic("transmitted_packets_total", "Network interface packets sent"),
}
INVALID = re.compile(r"_*[^0-9A-Za-z_]+_*")
RECEIVED, TRANSMITTED = re.compile("(^|_)rx(_|$)"), re.compile("(^|_)tx(_|$)")
Row = tuple[Series, float]


def name_of(statistic: str) -> str:
    """Return a driver's name for a statistic as node_exporter's metric name: `rx_queue_0_Drops` → `received_…`."""
    name = statistic.lower().lstrip("_")
    return TRANSMITTED.sub(r"\1transmitted\2", RECEIVED.sub(r"\1received\2", name))


def families(statistics: Iterable[str], kept: Filter) -> dict[int, Family]:
    """Return the family of each wanted statistic by its place; of names that become equal, later ones are numbered."""
    by_place: dict[int, Family] = {}
    taken: set[str] = set()
    # A driver may list one name twice; its last value counts.
    for raw, place in {raw: place for place, raw in enumerate(statistics) if raw}.items():
        statistic = INVALID.sub("_", raw)
        if kept.accepts(statistic):
            family = COMMON.get(statistic) or _statistic(name_of(statistic), f"Network interface {statistic}")
            numbered = (f"{family.name}_{number}" for number in count(2))
            name = next(name for name in chain([family.name], numbered) if name not in taken)
            taken.add(name)
            by_place[place] = family._replace(name=name)
    return by_place


def describe_link(device: str, link: ethtool_ioctl.LinkSettings) -> Iterator[Row]:
    """Yield what a port supports and offers."""
    for bit, port in PORTS.items():
        if link.supported >> bit & 1:
            yield (PORT, (device, port)), 1
    for way, bits in (("supported", link.supported), ("advertised", link.advertised)):
        for bit, (mbit, duplex, phy) in SPEEDS.items():
            if bits >> bit & 1:
                yield (SPEED[way], (device, duplex, f"{mbit}base{phy}")), mbit * BYTES_PER_MBIT
        for ability, bit in ABILITIES.items():
            yield (ABILITY[ability, way], (device,)), bits >> bit & 1
    yield (AUTONEGOTIATE, (device,)), link.autonegotiation


class EthtoolOptions(Options, frozen=True, kw_only=True):
    """Which devices and statistics are exposed."""

    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""
    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = ""
    metrics_include: Annotated[str, msgspec.Meta(description="Statistics to keep (regexp).")] = ""


class Known(NamedTuple):
    """The statistics of a device, as long as its driver lists as many."""

    driver: ethtool_ioctl.Driver
    families: dict[int, Family]


class Ethtool(Collector):
    """Exposes drivers, ports and statistics of the devices that the filter leaves."""

    enabled_by_default = False
    options_type = EthtoolOptions

    def __init__(self, roots: Roots, calls: EthtoolCalls, options: object = None) -> None:
        super().__init__(roots, options)
        self._calls = calls
        chosen = self.options
        self._devices = Filter(chosen.device_exclude, chosen.device_include)
        self._statistics = Filter(include=chosen.metrics_include)
        self._known: dict[str, Known] = {}
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return the page; raise NotApplicableError on a host without network devices."""
        devices = list_folder(self.roots.sys / "class" / "net")
        if not devices:
            raise NotApplicableError("no network device in /sys/class/net")
        shown = distinct_labels(os.fsencode(device) for device in devices if self._devices.accepts(device))
        rows = [row for raw_name, name in shown.items() for row in self._read(os.fsdecode(raw_name), name)]
        self._known = {device: kept for device, kept in self._known.items() if device in devices}
        return self._sheet.render([series for series, _ in rows], [value for _, value in rows])

    def _read(self, device: str, name: str) -> Iterator[Row]:
        """Yield what the device's driver answers, under a name; many answer only some of the questions, or none."""
        ask = self._calls.ask
        with suppress(OSError):
            yield from describe_link(name, ethtool_ioctl.link_settings(ask, device))
        with suppress(OSError):
            driver = ethtool_ioctl.driver(ask, device)
            texts = (driver.bus_info, name, driver.driver, driver.expansion_rom_version)
            yield (INFO, (*texts, driver.firmware_version, driver.version)), 1
            if driver.statistics:
                values = ethtool_ioctl.statistics(ask, device, driver.statistics)
                for place, family in self._families_of(device, driver).items():
                    if place < len(values):
                        yield (family, (name,)), values[place]

    def _families_of(self, device: str, driver: ethtool_ioctl.Driver) -> dict[int, Family]:
        """Return the families of the device's statistics; their names are asked for when their number changed."""
        kept = self._known.get(device)
        if kept is None or kept.driver != driver:
            names = ethtool_ioctl.statistic_names(self._calls.ask, device, driver.statistics)
            kept = self._known[device] = Known(driver, families(names, self._statistics))
        return kept.families
