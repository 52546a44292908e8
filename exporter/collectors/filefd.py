"""node_filefd_*: open files of the whole system."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, digits

FAMILIES = (
    Family("node_filefd_allocated", "gauge", "File descriptor statistics: allocated.", form="%b"),
    Family("node_filefd_maximum", "gauge", "File descriptor statistics: maximum.", form="%b"),
)


def parse(text: bytes) -> tuple[bytes, bytes]:
    """Return (allocated, maximum) of file-nr (Documentation/admin-guide/sysctl/fs.rst); raise ValueError."""
    allocated, _, maximum = digits(text.split())
    return allocated, maximum


class Filefd(Collector):
    """Exposes how many files are open and how many may be."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("sys", "fs", "file-nr")
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the two gauges."""
        return self._block.render([()], parse(self._file.read()))
