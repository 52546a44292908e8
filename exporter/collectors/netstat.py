"""node_netstat_*: counters of the IP stack, from /proc/net/netstat, snmp and snmp6."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, integers
from exporter.kernel.column_cache import ColumnCache, Line, Value
from exporter.kernel.name_filter import Filter
from exporter.parsing.items import UNREADABLE, skip

FIELDS = (
    "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    "|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    "|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
    "|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$"
)


def find_in_table(lines: Sequence[Line], fields: Filter) -> list[Value]:
    """Return the wanted fields of netstat and snmp: a line `Tcp: InSegs …` with names, then `Tcp: 12 …` with values.

    A line that is not of such a pair is skipped; raises ValueError when none is.
    """
    values: list[Value] = []
    title: Line | None = None
    pairs = 0
    for line in lines:
        if title is None:
            title = line
            continue
        if not line.words or title.words[:1] != line.words[:1] or not line.words[0].endswith(b":"):
            skip(f"/proc/net/netstat, snmp, {_name(title)}", "expected a line of names, and one of values below it")
            title = line
            continue
        pairs += 1
        values += _pair(title, line, fields)
        title = None
    if title is not None:
        skip(f"/proc/net/netstat, snmp, {_name(title)}", "expected a line of values below that of names")
    if not pairs:
        raise ValueError("expected pairs of lines, of names and of values")
    return values


def _pair(title: Line, line: Line, fields: Filter) -> Iterator[Value]:
    if len(title.words) != len(line.words):
        skip(_name(title), f"expected {len(title.words)} columns, got {len(line.words)}")
        return
    for column, word in enumerate(title.words[1:], 1):
        name = f"{_name(title)}_{word.decode('utf-8', 'replace')}"
        if fields.accepts(name):
            yield Value(line.start + column, title.start + column, family(name))


def _name(title: Line) -> str:
    return title.words[0][:-1].decode("utf-8", "replace") if title.words else ""


def find_in_list(lines: Sequence[Line], fields: Filter) -> list[Value]:
    """Return the wanted fields of snmp6: lines such as `Ip6InReceives 5`, which is Ip6_InReceives.

    Others are skipped; raises ValueError when all are.
    """
    values = []
    understood = 0
    for number, (start, words) in enumerate(lines, 1):
        if len(words) != 2:
            skip(f"/proc/net/snmp6, line {number}", f"expected a name and a value, got {b' '.join(words)[:80]!r}")
            continue
        understood += 1
        protocol, _, field = words[0].decode("utf-8", "replace").partition("6")
        name = f"{protocol}6_{field}"
        if fields.accepts(name):
            values.append(Value(start + 1, start, family(name)))
    if not understood:
        raise ValueError("/proc/net/snmp6: expected lines of a name and a value")
    return values


def convert(tokens: Sequence[bytes], _: object) -> Sequence[bytes]:
    """Return the values as the kernel prints them; raise ValueError."""
    return integers(tokens)


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
            (file := roots.file("net", name), ColumnCache(str(file.path), find, convert))
            for name, find in (("netstat", table), ("snmp", table), ("snmp6", pairs))
        ]

    def page(self) -> bytes:
        """Return the fields; without IPv6 there is no snmp6. Raise OSError or ValueError when no file tells any."""
        parts = []
        error: Exception = FileNotFoundError("expected /proc/net/netstat, snmp or snmp6")
        for file, columns in self._sources:
            try:
                parts.append(columns.page(file.read()))
            except FileNotFoundError as absent:
                if file.path.name != "snmp6":
                    skip(file.path, absent)
            except UNREADABLE as failure:
                error = failure
                skip(file.path, failure)
        if not parts:
            raise error
        return b"".join(parts)
