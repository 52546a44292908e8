"""node_vmstat_*: the kernel's memory events, from /proc/vmstat."""

from functools import partial
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, integers
from exporter.kernel.column_cache import ColumnCache, Value
from exporter.kernel.name_filter import Filter


def find(words: list[bytes], fields: Filter) -> list[Value]:
    """Return the wanted ones of pairs of a name and a value; raise ValueError when they are none."""
    if not words or len(words) % 2:
        raise ValueError(f"expected pairs of a name and a value, got {len(words)} words")
    names = {place: words[place].decode("ascii") for place in range(0, len(words), 2)}
    return [Value(place + 1, place, family(name)) for place, name in names.items() if fields.accepts(name)]


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
        self._columns = ColumnCache(partial(find, fields=Filter(include=self.options.fields)))

    def page(self) -> bytes:
        """Return the fields."""
        picked = self._columns.pick(self._file.read())
        return self._columns.block.render([()], integers(picked))
