"""node_entropy_*: the kernel's random pool."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sheet
from exporter.parsing.items import UNREADABLE, skip
from exporter.parsing.numbers import natural

FILES = {
    "entropy_avail": Family("node_entropy_available_bits", "gauge", "Bits of available entropy."),
    "poolsize": Family("node_entropy_pool_size_bits", "gauge", "Bits of entropy pool."),
}


class Entropy(Collector):
    """Exposes what is in the pool and how much it can hold."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = [(roots.file("sys", "kernel", "random", name), family) for name, family in FILES.items()]
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return the two gauges; raise FileNotFoundError, OSError or ValueError when neither can be read."""
        values = []
        for file, family in self._files:
            try:
                values.append((family, natural(file.read().strip(b" \t\n"))))
            except UNREADABLE as error:
                skip(file.path, error)
        if not values:
            raise ValueError(f"expected a number in {' or '.join(str(file.path) for file, _ in self._files)}")
        return self._sheet.render([(family, ()) for family, _ in values], [value for _, value in values])

    def close(self) -> None:
        """Give the descriptors back."""
        for file, _ in self._files:
            file.close()
