"""node_vmstat_*: the kernel's memory events, from /proc/vmstat."""

from typing import Annotated

import msgspec

from exporter.collector import Collector, Filter, Options
from exporter.host import Host
from exporter.selection import Selection
from exporter.text import Family


def parse(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return names and values; raise ValueError when they are no pairs."""
    words = text.split()
    if not words or len(words) % 2:
        raise ValueError(f"expected pairs of a name and a value, got {len(words)} words")
    return words[0::2], words[1::2]


def field(name: str) -> Family:
    """Return the family of a field; node_exporter leaves their type open."""
    return Family(f"node_vmstat_{name}", "untyped", f"/proc/vmstat information field {name}.", form="%b")


class VmstatOptions(Options, frozen=True, kw_only=True):
    """Which fields are exposed."""

    fields: Annotated[str, msgspec.Meta(description="Fields to keep (regexp).")] = "^(oom_kill|pgpg|pswp|pg.*fault).*"


class Vmstat(Collector):
    """Exposes the fields that the pattern picks."""

    options_type = VmstatOptions

    def __init__(self, host: Host, options: object = None) -> None:
        super().__init__(host, options)
        self._file = host.file("vmstat")
        self._selection = Selection(Filter(include=self.options.fields), field)

    def page(self) -> bytes:
        """Return the fields."""
        return self._selection.render(*parse(self._file.read()))
