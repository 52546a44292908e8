"""node_entropy_*: the kernel's random pool."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

FILES = {
    "entropy_avail": Family("node_entropy_available_bits", "gauge", "Bits of available entropy."),
    "poolsize": Family("node_entropy_pool_size_bits", "gauge", "Bits of entropy pool."),
}


class Entropy(Collector):
    """Exposes what is in the pool and how much it can hold."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = [roots.file("sys", "kernel", "random", name) for name in FILES]
        self._block = Block(*FILES.values())

    def page(self) -> bytes:
        """Return the two gauges."""
        return self._block.render([()], [int(file.read()) for file in self._files])
