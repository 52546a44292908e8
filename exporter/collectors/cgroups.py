"""node_cgroups_*: the controllers of cgroups and how many groups each has, from /proc/cgroups."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family, digits

FAMILIES = (
    Family("node_cgroups_cgroups", "gauge", "Current cgroup number of the subsystem.", ("subsys_name",), form="%b"),
    Family("node_cgroups_enabled", "gauge", "Current cgroup number of the subsystem.", ("subsys_name",), form="%b"),
)


def parse(text: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Return (number of groups, 1 when enabled) of each controller; raise ValueError for another table.

    The columns are those of cgroups(7): name, hierarchy, number of groups, enabled.
    """
    controllers = {}
    for line in text.splitlines():
        if line.startswith(b"#"):
            continue
        words = line.split()
        if len(words) != 4:
            raise ValueError(f"/proc/cgroups: expected four columns, got {line[:80]!r}")
        groups, enabled = digits(words[2:])
        controllers[words[0].decode("utf-8", "replace")] = (groups, enabled)
    return controllers


class Cgroups(Collector):
    """Exposes the number of groups of each controller, and whether it is enabled."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("cgroups")
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the gauges."""
        controllers = parse(self._file.read())
        return self._block.render([(name,) for name in controllers], by_family(controllers.values()))

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
