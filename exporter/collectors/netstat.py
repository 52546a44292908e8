"""node_netstat_*: counters of the IP stack, from /proc/net/netstat, snmp and snmp6."""

from typing import Annotated

import msgspec

from exporter.collector import Collector, Filter, Options
from exporter.host import Host
from exporter.selection import Selection
from exporter.text import Family

FIELDS = (
    "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    "|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    "|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
    "|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$"
)


def parse_table(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return names and values of netstat and snmp: pairs of lines, `Tcp: InSegs …` above `Tcp: 12 …`.

    Raises ValueError when the two lines of a pair don't match.
    """
    lines = text.splitlines()
    names: list[bytes] = []
    values: list[bytes] = []
    for title, line in zip(lines[0::2], lines[1::2], strict=True):
        protocol, *columns = title.split()
        same, *numbers = line.split()
        if protocol != same or len(columns) != len(numbers):
            raise ValueError(f"expected a line of values for {title[:40]!r}, got {line[:40]!r}")
        names += [protocol[:-1] + b"_" + column for column in columns]
        values += numbers
    return names, values


def parse_list(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return names and values of snmp6, `Ip6InReceives 5` giving `Ip6_InReceives`; raise ValueError."""
    words = text.split()
    if len(words) % 2:
        raise ValueError(f"expected pairs of a name and a value, got {len(words)} words")
    names = [protocol + b"6_" + name for protocol, _, name in (word.partition(b"6") for word in words[0::2])]
    return names, words[1::2]


def field(name: str) -> Family:
    """Return the family of a field such as `Tcp_InSegs`; node_exporter leaves their type open."""
    return Family(f"node_netstat_{name}", "untyped", f"Statistic {name.replace('_', '', 1)}.", form="%b")


class NetstatOptions(Options, frozen=True, kw_only=True):
    """Which fields are exposed."""

    fields: Annotated[str, msgspec.Meta(description="Fields to keep, such as Tcp_InSegs (regexp).")] = FIELDS


class Netstat(Collector):
    """Exposes the fields that the pattern picks."""

    options_type = NetstatOptions

    def __init__(self, host: Host, options: object = None) -> None:
        super().__init__(host, options)
        wanted = Filter(include=self.options.fields)
        self._tables = [(host.file("net", name), Selection(wanted, field)) for name in ("netstat", "snmp")]
        self._list = (host.file("net", "snmp6"), Selection(wanted, field))

    def page(self) -> bytes:
        """Return the fields; without IPv6 there is no snmp6."""
        parts = [selection.render(*parse_table(file.read())) for file, selection in self._tables]
        file, selection = self._list
        try:
            text = file.read()
        except FileNotFoundError:
            return b"".join(parts)
        return b"".join([*parts, selection.render(*parse_list(text))])
