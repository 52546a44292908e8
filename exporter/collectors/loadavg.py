"""node_load*: the load averages of /proc/loadavg."""

import re

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, Sheet
from exporter.parsing.items import item
from exporter.parsing.lines import split_words
from exporter.parsing.numbers import real

FAMILIES = (
    Family("node_load1", "gauge", "1m load average.", form="%b"),
    Family("node_load5", "gauge", "5m load average.", form="%b"),
    Family("node_load15", "gauge", "15m load average.", form="%b"),
)


AVERAGES = re.compile(rb"([0-9]{1,9}\.[0-9]{2}) ([0-9]{1,9}\.[0-9]{2}) ([0-9]{1,9}\.[0-9]{2}) ")


def parse(text: bytes) -> list[tuple[Family, bytes]]:
    """Return the three averages as the kernel prints them; one that is no number is skipped.

    Raises ValueError when there are not three.
    """
    averages = split_words(text)[:3]
    if len(averages) != 3:
        raise ValueError(f"expected three load averages, got {text[:80]!r}")
    values = []
    for family, average in zip(FAMILIES, averages, strict=True):
        with item(f"/proc/loadavg, {family.name}"):
            real(average)
            values.append((family, average))
    return values


class Loadavg(Collector):
    """Exposes node_load1, node_load5, node_load15."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("loadavg")
        self._block, self._sheet = Block(*FAMILIES), Sheet()

    def page(self) -> bytes:
        """Return the three gauges."""
        text = self._file.read()
        if match := AVERAGES.match(text):
            return self._block.render([()], match.groups())
        values = parse(text)
        return self._sheet.render([(family, ()) for family, _ in values], [value for _, value in values])
