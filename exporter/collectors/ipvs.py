"""node_ipvs_*: the kernel's load balancer, from /proc/net/ip_vs_stats and /proc/net/ip_vs."""

import re
import socket
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family
from exporter.parsing.items import UNREADABLE, item, skip
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import hexadecimal, natural

Label = Literal["local_address", "local_port", "remote_address", "remote_port", "proto", "local_mark"]
LABELS: tuple[Label, ...] = (
    "local_address",
    "local_port",
    "remote_address",
    "remote_port",
    "proto",
    "local_mark",
)
# The columns of ip_vs_stats (net/netfilter/ipvs/ip_vs_ctl.c).
TOTALS = (
    Family("node_ipvs_connections_total", "counter", "The total number of connections made."),
    Family("node_ipvs_incoming_packets_total", "counter", "The total number of incoming packets."),
    Family("node_ipvs_outgoing_packets_total", "counter", "The total number of outgoing packets."),
    Family("node_ipvs_incoming_bytes_total", "counter", "The total amount of incoming data."),
    Family("node_ipvs_outgoing_bytes_total", "counter", "The total amount of outgoing data."),
)


HEXADECIMAL = re.compile(rb"[0-9A-F]{1,16}")
HEADINGS = ("IP Virtual Server", "Prot LocalAddress", "  -> RemoteAddress")


class Backend(NamedTuple):
    """One real server of a virtual one; `labels` has all of `LABELS`."""

    labels: tuple[str, ...]
    active: int
    inactive: int
    weight: int


def parse_totals(text: bytes) -> list[int]:
    """Return the five totals, which the kernel prints in hexadecimal; raise ValueError."""
    rows = map(split_words, split_lines(text))
    columns = next((row for row in rows if row and all(map(HEXADECIMAL.fullmatch, row))), [])
    if len(columns) != len(TOTALS):
        raise ValueError(f"ip_vs_stats: expected {len(TOTALS)} columns, got {text[:200]!r}")
    return [hexadecimal(column) for column in columns]


def parse_backends(text: str) -> list[Backend]:
    """Return the real servers of /proc/net/ip_vs below each virtual server; a line that is neither is skipped."""
    backends: list[Backend] = []
    service: tuple[str, str, str, str] | None = None
    for number, line in enumerate(split_lines(text), 1):
        if line.startswith(HEADINGS):
            continue
        words = split_words(line)
        with item(f"/proc/net/ip_vs, line {number}"):
            if words[:1] == ["->"]:
                if service is None or len(words) < 6:
                    raise ValueError(f"expected a real server of a virtual one, got {line[:80]!r}")
                backends.append(_parse_backend(service, words))
            elif words:
                service = None  # what follows a virtual server that can't be read belongs to no other
                service = _parse_service(words)
    return backends


def _parse_service(words: Sequence[str]) -> tuple[str, str, str, str]:
    """Return the address, port, protocol and firewall mark of a virtual server: a mark has no address."""
    if words[0] == "FWM":
        return "", "0", words[0], words[1]
    return *parse_address(words[1]), words[0], ""


def _parse_backend(service: tuple[str, str, str, str], words: Sequence[str]) -> Backend:
    address, port, protocol, mark = service
    remote_address, remote_port = parse_address(words[1])
    labels = (address, port, remote_address, remote_port, protocol, mark)
    return Backend(labels, active=natural(words[4]), inactive=natural(words[5]), weight=natural(words[3]))


def parse_address(text: str) -> tuple[str, str]:
    """Return (address, port) of `C0A80016:0CEA` or `[2001:0db8:…:0001]:0CEA`; raise ValueError."""
    address, _, port = text.rpartition(":")
    try:
        if address.startswith("["):
            packed = socket.inet_pton(socket.AF_INET6, address.strip("[]"))
            return socket.inet_ntop(socket.AF_INET6, packed), str(hexadecimal(port))
        return socket.inet_ntop(socket.AF_INET, bytes.fromhex(address)), str(hexadecimal(port))
    except OSError as error:
        raise ValueError(f"ip_vs: expected address:port, got {text[:80]!r}") from error


class IpvsOptions(Options, frozen=True, kw_only=True):
    """By which labels the real servers are told apart."""

    backend_labels: Annotated[
        tuple[Label, ...], msgspec.Meta(description="Labels of the backends' metrics; fewer of them sum up the rest.")
    ] = LABELS


class Ipvs(Collector):
    """Exposes the balancer's totals, and connections and weight of each real server."""

    options_type = IpvsOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._totals_file, self._backends_file = roots.file("net", "ip_vs_stats"), roots.file("net", "ip_vs")
        self._totals = Block(*TOTALS)
        self._places = [place for place, label in enumerate(LABELS) if label in self.options.backend_labels]
        labels = tuple(LABELS[place] for place in self._places)
        self._backends = Block(
            _backend_gauge("connections_active", "The current active connections by local and remote address.", labels),
            _backend_gauge(
                "connections_inactive", "The current inactive connections by local and remote address.", labels
            ),
            _backend_gauge("weight", "The current backend weight by local and remote address.", labels),
        )

    def page(self) -> bytes:
        """Return totals and backends; raise NotApplicableError without the ip_vs module, OSError, ValueError."""
        parts = []
        absent: list[FileNotFoundError] = []
        for file, read in ((self._totals_file, self._read_totals), (self._backends_file, self._read_backends)):
            try:
                parts.append(read(file.read()))
            except FileNotFoundError as error:
                absent.append(error)
            except UNREADABLE as error:
                skip(file.path, error)
        if len(absent) > 1:
            raise NotApplicableError("no /proc/net/ip_vs_stats: the ip_vs module is not loaded") from absent[0]
        for missing in absent:
            skip(missing.filename, missing)
        return b"".join(parts)

    def close(self) -> None:
        """Give the descriptors back."""
        self._totals_file.close()
        self._backends_file.close()

    def _read_totals(self, text: bytes) -> bytes:
        return self._totals.render([()], parse_totals(text))

    def _read_backends(self, text: bytes) -> bytes:
        sums = self._sum(parse_backends(text.decode("utf-8", "replace")))
        return self._backends.render(list(sums), by_family(sums.values()))

    def _sum(self, backends: Sequence[Backend]) -> dict[tuple[str, ...], tuple[int, int, int]]:
        """Return connections and weights, added up over what the chosen labels don't tell apart."""
        sums: dict[tuple[str, ...], tuple[int, int, int]] = {}
        for backend in backends:
            key = tuple(backend.labels[place] for place in self._places)
            active, inactive, weight = sums.get(key, (0, 0, 0))
            sums[key] = (active + backend.active, inactive + backend.inactive, weight + backend.weight)
        return sums


def _backend_gauge(name: str, help_text: str, labels: tuple[str, ...]) -> Family:
    return Family(f"node_ipvs_backend_{name}", "gauge", help_text, labels)
