"""node_netstat_*: counters of the IP stack, from /proc/net/netstat, snmp and snmp6."""

from functools import partial
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, integers
from exporter.kernel.column_cache import ColumnCache, Value
from exporter.kernel.name_filter import Filter

FIELDS = (
    "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    "|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    "|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
    "|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$"
)


def find_in_table(words: list[bytes], fields: Filter) -> list[Value]:
    """Return the wanted fields of netstat and snmp: a line `Tcp: InSegs …` with names, then `Tcp: 12 …` with values.

    Raises ValueError when the lines don't come in such pairs.
    """
    starts = [place for place, word in enumerate(words) if word.endswith(b":")]
    values = []
    for title, line, end in zip(starts[0::2], starts[1::2], [*starts[2::2], len(words)], strict=True):
        length = line - title
        if words[title] != words[line] or end - line != length:
            raise ValueError(f"expected a line of values for {words[title]!r}")
        for column in range(1, length):
            name = (words[title][:-1] + b"_" + words[title + column]).decode("ascii")
            if fields.accepts(name):
                values.append(Value(line + column, title + column, family(name)))
    return values


def find_in_list(words: list[bytes], fields: Filter) -> list[Value]:
    """Return the wanted fields of snmp6: pairs such as `Ip6InReceives 5`, which is Ip6_InReceives; raise ValueError."""
    if len(words) % 2:
        raise ValueError(f"expected pairs of a name and a value, got {len(words)} words")
    values = []
    for place in range(0, len(words), 2):
        protocol, _, field = words[place].decode("ascii").partition("6")
        name = f"{protocol}6_{field}"
        if fields.accepts(name):
            values.append(Value(place + 1, place, family(name)))
    return values


def family(name: str) -> Family:
    """Return the family of a field such as `Tcp_InSegs`; node_exporter leaves their type open."""
    return Family(f"node_netstat_{name}", "untyped", f"Statistic {name.replace('_', '', 1)}.", form="%b")


class NetstatOptions(Options, frozen=True, kw_only=True):
    """Which fields are exposed."""

    fields: Annotated[str, msgspec.Meta(description="Fields to keep, such as Tcp_InSegs (regexp).")] = FIELDS


class Netstat(Collector):
    """Exposes the fields that the pattern picks."""

    options_type = NetstatOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        fields = Filter(include=self.options.fields)
        table, pairs = partial(find_in_table, fields=fields), partial(find_in_list, fields=fields)
        self._sources = [
            (roots.file("net", "netstat"), ColumnCache(table)),
            (roots.file("net", "snmp"), ColumnCache(table)),
            (roots.file("net", "snmp6"), ColumnCache(pairs)),
        ]

    def page(self) -> bytes:
        """Return the fields; without IPv6 there is no snmp6."""
        parts = []
        for file, columns in self._sources:
            try:
                picked = columns.pick(file.read())
            except FileNotFoundError:
                if file is self._sources[-1][0]:
                    break
                raise
            parts.append(columns.block.render([()], integers(picked)))
        return b"".join(parts)
