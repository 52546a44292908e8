"""node_vmstat_*: the kernel's memory events, from /proc/vmstat."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, integers
from exporter.kernel.column_cache import ColumnCache, Line, Value
from exporter.kernel.name_filter import Filter
from exporter.parsing.items import skip


def find(lines: Sequence[Line], fields: Filter) -> list[Value]:
    """Return the wanted ones of the lines, each a name and a value; others are skipped, ValueError when all are."""
    pairs = []
    for number, (start, words) in enumerate(lines, 1):
        if len(words) == 2:
            pairs.append((start, words[0].decode("utf-8", "replace")))
        else:
            skip(f"/proc/vmstat, line {number}", f"expected a name and a value, got {b' '.join(words)[:80]!r}")
    if not pairs:
        raise ValueError("/proc/vmstat: expected lines of a name and a value")
    return [Value(start + 1, start, family(name)) for start, name in pairs if fields.accepts(name)]


def convert(tokens: Sequence[bytes], _: object) -> Sequence[bytes]:
    """Return the values as the kernel prints them; raise ValueError."""
    return integers(tokens)


def family(name: str) -> Family:
    """Return the family of a field; node_exporter leaves their type open."""
    return Family(f"node_vmstat_{name}", "untyped", f"/proc/vmstat information field {name}.", form="%b")


class VmstatOptions(Options, frozen=True, kw_only=True):
    """Which fields are exposed."""

    fields: Annotated[str, msgspec.Meta(description="Fields to keep (regexp).")] = "^(oom_kill|pgpg|pswp|pg.*fault).*"


class Vmstat(Collector):
    """Exposes the fields that the pattern picks."""

    options_type = VmstatOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("vmstat")
        self._columns = ColumnCache("/proc/vmstat", partial(find, fields=Filter(include=self.options.fields)), convert)

    def page(self) -> bytes:
        """Return the fields."""
        return self._columns.page(self._file.read())
