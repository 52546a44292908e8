"""node_buddyinfo_blocks: free memory by the size of its pieces, from /proc/buddyinfo."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, digits

BLOCKS = Family(
    "node_buddyinfo_blocks", "gauge", "Count of free blocks according to size.", ("node", "zone", "size"), form="%b"
)


def parse(text: bytes) -> tuple[list[tuple[str, str, str]], list[bytes]]:
    """Return (node, zone, size) of each count, and the counts: of free blocks of 2^size pages.

    Raises ValueError for a line that is not `Node 0, zone Normal` and numbers (proc(5)).
    """
    keys: list[tuple[str, str, str]] = []
    counts: list[bytes] = []
    for line in text.splitlines():
        start, comma, rest = line.partition(b",")
        words = rest.split()
        if not start.startswith(b"Node ") or not comma or len(words) < 3 or words[0] != b"zone":
            raise ValueError(f"/proc/buddyinfo: expected `Node 0, zone Normal` and numbers, got {line[:80]!r}")
        node, zone = str(int(start[5:])), words[1].decode("utf-8", "replace")
        keys += [(node, zone, str(size)) for size in range(len(words) - 2)]
        counts += digits(words[2:])
    return keys, counts


class Buddyinfo(Collector):
    """Exposes the number of free blocks of each size in each zone."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("buddyinfo")
        self._block = Block(BLOCKS)

    def page(self) -> bytes:
        """Return the gauge."""
        return self._block.render(*parse(self._file.read()))

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
