"""node_filefd_*: open files of the whole system."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, Sheet, digits
from exporter.parsing.items import item
from exporter.parsing.lines import split_words

FAMILIES = (
    Family("node_filefd_allocated", "gauge", "File descriptor statistics: allocated.", form="%b"),
    Family("node_filefd_maximum", "gauge", "File descriptor statistics: maximum.", form="%b"),
)


def parse(text: bytes) -> list[tuple[Family, bytes]]:
    """Return allocated and maximum of file-nr (Documentation/admin-guide/sysctl/fs.rst); what is no number is skipped.

    Raises ValueError when there are not the three columns.
    """
    columns = split_words(text)
    if len(columns) != 3:
        raise ValueError(f"file-nr: expected three numbers, got {text[:80]!r}")
    values = []
    for family, column in zip(FAMILIES, (columns[0], columns[2]), strict=True):
        with item(f"file-nr, {family.name}"):
            values.append((family, digits([column])[0]))
    return values


class Filefd(Collector):
    """Exposes how many files are open and how many may be."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("sys", "fs", "file-nr")
        self._block, self._sheet = Block(*FAMILIES), Sheet()

    def page(self) -> bytes:
        """Return the two gauges."""
        text = self._file.read()
        try:
            allocated, _, maximum = digits(text.split())
        except ValueError:
            values = parse(text)
        else:
            return self._block.render([()], [allocated, maximum])
        return self._sheet.render([(family, ()) for family, _ in values], [value for _, value in values])
