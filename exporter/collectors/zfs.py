"""node_zfs_*: the caches, pools and datasets of OpenZFS, from /proc/spl/kstat/zfs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, Sample, by_family, render
from exporter.kernel.files import KernelFile, list_folder
from exporter.kernel.kstat import Rows, parse_dataset, parse_io, parse_named, parse_state

# The file of each subsystem; which ones there are depends on the version.
FILES = {
    "abdstats": "abd",
    "arcstats": "arc",
    "dbufstats": "dbuf",
    "dmu_tx": "dmu_tx",
    "dnodestats": "dnode",
    "fm": "fm",
    "vdev_cache_stats": "vdev_cache",
    "vdev_mirror_stats": "vdev_mirror",
    "xuio_stats": "xuio",
    "zfetchstats": "zfetch",
    "zil": "zil",
}
STATES = ("online", "degraded", "faulted", "offline", "removed", "unavail", "suspended")
STATE = Family("node_zfs_zpool_state", "gauge", "kstat.zfs.misc.state", ("zpool", "state"))

Labels = tuple[str, ...]
T = TypeVar("T")


class Table:
    """Families named after a file's fields, made anew only when those change."""

    def __init__(self, subsystem: str, file: str, labels: Labels = ()) -> None:
        self._subsystem, self._file, self._labels = subsystem, file, labels
        self._fields: Sequence[str] = ()
        self._block = Block()

    def render(self, rows_by_labels: Mapping[Labels, Rows]) -> bytes:
        """Return the text of what each of the label sets has."""
        alike = {tuple(fields) for fields, _ in rows_by_labels.values()}
        if len(alike) > 1:  # what one module counts of all pools and datasets has the same fields; but who knows
            return render(
                Sample(self._family(field), int(number), key)
                for key, rows in rows_by_labels.items()
                for field, number in zip(*rows, strict=True)
            )
        for fields in alike - {self._fields}:
            self._fields, self._block = fields, Block(*map(self._family, fields))
        return self._block.render(list(rows_by_labels), by_family(numbers for _, numbers in rows_by_labels.values()))

    def _family(self, field: str) -> Family:
        name = f"node_zfs_{self._subsystem}_{field.replace('-', '_')}"
        return Family(name, "untyped", f"kstat.zfs.misc.{self._file}.{field}", self._labels, form="%b")


class Zfs(Collector):
    """Exposes every number of the module's files, and the state of each pool."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.proc / "spl" / "kstat" / "zfs"
        self._files = {name: KernelFile(self._folder / name) for name in FILES}
        self._tables = {name: Table(subsystem, name) for name, subsystem in FILES.items()}
        self._io = Table("zpool", "io", ("zpool",))
        self._datasets = Table("zpool_dataset", "objset", ("zpool", "dataset"))
        self._states = Block(STATE)

    def page(self) -> bytes:
        """Return all of it; raise NotApplicableError without the module, ValueError."""
        names = list_folder(self._folder)
        if not names:
            raise NotApplicableError("/proc/spl/kstat/zfs: the zfs module")
        parts = [
            self._tables[name].render({(): parse_named(self._files[name].read())}) for name in names if name in FILES
        ]
        pools = [self._folder / name for name in names if name not in FILES]
        return b"".join([*parts, *self._pools([pool for pool in pools if pool.is_dir()])])

    def close(self) -> None:
        """Give the files back."""
        for file in self._files.values():
            file.close()

    def _pools(self, pools: Sequence[Path]) -> Iterator[bytes]:
        yield self._io.render({(pool.name,): rows for pool in pools for rows in _read(pool / "io", parse_io)})
        yield self._datasets.render(
            {
                (pool.name, dataset): rows
                for pool in pools
                for name in list_folder(pool)
                if name.startswith("objset-")
                for dataset, rows in _read(pool / name, parse_dataset)
            }
        )
        states = [(pool.name, state) for pool in pools for state in _read(pool / "state", parse_state)]
        keys = [(pool, state) for pool, _ in states for state in STATES]
        yield self._states.render(keys, [actual == state for _, actual in states for state in STATES])


def _read(path: Path, parse: Callable[[bytes], T]) -> Iterator[T]:
    """Yield what a file says, nothing when it can't be read: of a pool that is being exported it is gone."""
    file = KernelFile(path)
    try:
        text = file.read()
    except OSError:
        return
    finally:
        file.close()
    yield parse(text)
