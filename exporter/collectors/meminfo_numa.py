"""node_memory_numa_*: memory of each NUMA node, from /sys/devices/system/node."""

import re

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Kind, Series, Sheet
from exporter.kernel.files import KernelFile, list_folder

NODE = re.compile("node[0-9]+")
FIELD = re.compile(rb"^Node \d+ ([A-Za-z0-9_()]+): +(\d+)( kB)?$", re.MULTILINE)
STATISTIC = re.compile(rb"^([a-z_]+) (\d+)$", re.MULTILINE)
BYTES_PER_KIB = 1024  # proc(5): the kernel's "kB" are KiB
Rows = list[tuple[str, int]]


def parse_meminfo(text: bytes) -> Rows:
    """Return (name, bytes or count) of each field, `Active(anon)` giving `Active_anon`; raise ValueError for none."""
    fields = FIELD.findall(text)
    if not fields:
        raise ValueError(f"expected `Node 0 name: value kB` lines, got {text[:80]!r}")
    return [
        (name.replace(b"(", b"_").replace(b")", b"").decode(), int(value) * (BYTES_PER_KIB if unit else 1))
        for name, value, unit in fields
    ]


def parse_numastat(text: bytes) -> Rows:
    """Return (name, count) of each line (Documentation/admin-guide/numastat.rst); raise ValueError for none."""
    statistics = STATISTIC.findall(text)
    if not statistics:
        raise ValueError(f"expected `name count` lines, got {text[:80]!r}")
    return [(f"{name.decode()}_total", int(value)) for name, value in statistics]


def _family(name: str) -> Family:
    kind: Kind = "counter" if name.endswith("_total") else "gauge"
    return Family(f"node_memory_numa_{name}", kind, f"Memory information field {name}.", ("node",))


class MeminfoNuma(Collector):
    """Exposes every field of each node's meminfo and numastat."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "devices" / "system" / "node"
        self._files: dict[str, tuple[KernelFile, KernelFile]] = {}
        self._families: dict[str, Family] = {}
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return the gauges and counters; raise NotApplicableError on a kernel without NUMA, OSError, ValueError."""
        nodes = [name for name in list_folder(self._folder) if NODE.fullmatch(name)]
        if not nodes:
            raise NotApplicableError("no /sys/devices/system/node/node*")
        series: list[Series] = []
        values: list[int] = []
        for node in nodes:
            meminfo, numastat = self._files_of(node)
            rows = parse_meminfo(meminfo.read()) + parse_numastat(numastat.read())
            labels = (node.removeprefix("node"),)
            series += [(self._family_of(name), labels) for name, _ in rows]
            values += [value for _, value in rows]
        return self._sheet.render(series, values)

    def _files_of(self, node: str) -> tuple[KernelFile, KernelFile]:
        if node not in self._files:
            folder = self._folder / node
            self._files[node] = (KernelFile(folder / "meminfo"), KernelFile(folder / "numastat"))
        return self._files[node]

    def _family_of(self, name: str) -> Family:
        if name not in self._families:
            self._families[name] = _family(name)
        return self._families[name]

    def close(self) -> None:
        """Give the descriptors back."""
        for meminfo, numastat in self._files.values():
            meminfo.close()
            numastat.close()
