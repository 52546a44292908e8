"""node_xfs_*: each XFS file system's counters, from /sys/fs/xfs."""

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family, digits
from exporter.kernel.devices import Devices
from exporter.kernel.files import read_text

# https://xfs.org/index.php/Runtime_Stats: the file's lines, and the families of the first numbers of each.
LINES = {
    "extent_alloc": {
        "extent_allocation_extents_allocated": "Number of extents allocated for a filesystem.",
        "extent_allocation_blocks_allocated": "Number of blocks allocated for a filesystem.",
        "extent_allocation_extents_freed": "Number of extents freed for a filesystem.",
        "extent_allocation_blocks_freed": "Number of blocks freed for a filesystem.",
    },
    "abt": {
        "allocation_btree_lookups": "Number of allocation B-tree lookups for a filesystem.",
        "allocation_btree_compares": "Number of allocation B-tree compares for a filesystem.",
        "allocation_btree_records_inserted": "Number of allocation B-tree records inserted for a filesystem.",
        "allocation_btree_records_deleted": "Number of allocation B-tree records deleted for a filesystem.",
    },
    "blk_map": {
        "block_mapping_reads": "Number of block map for read operations for a filesystem.",
        "block_mapping_writes": "Number of block map for write operations for a filesystem.",
        "block_mapping_unmaps": "Number of block unmaps (deletes) for a filesystem.",
        "block_mapping_extent_list_insertions": "Number of extent list insertions for a filesystem.",
        "block_mapping_extent_list_deletions": "Number of extent list deletions for a filesystem.",
        "block_mapping_extent_list_lookups": "Number of extent list lookups for a filesystem.",
        "block_mapping_extent_list_compares": "Number of extent list compares for a filesystem.",
    },
    "bmbt": {
        "block_map_btree_lookups": "Number of block map B-tree lookups for a filesystem.",
        "block_map_btree_compares": "Number of block map B-tree compares for a filesystem.",
        "block_map_btree_records_inserted": "Number of block map B-tree records inserted for a filesystem.",
        "block_map_btree_records_deleted": "Number of block map B-tree records deleted for a filesystem.",
    },
    "dir": {
        "directory_operation_lookup": (
            "Number of file name directory lookups which miss the operating systems directory name lookup cache."
        ),
        "directory_operation_create": "Number of times a new directory entry was created for a filesystem.",
        "directory_operation_remove": "Number of times an existing directory entry was created for a filesystem.",
        "directory_operation_getdents": (
            "Number of times the directory getdents operation was performed for a filesystem."
        ),
    },
    "ig": {
        "inode_operation_attempts": "Number of times the OS looked for an XFS inode in the inode cache.",
        "inode_operation_found": "Number of times the OS looked for and found an XFS inode in the inode cache.",
        "inode_operation_recycled": (
            "Number of times the OS found an XFS inode in the cache, but could not use it as it was being recycled."
        ),
        "inode_operation_missed": ("Number of times the OS looked for an XFS inode in the cache, but did not find it."),
        "inode_operation_duplicates": (
            "Number of times the OS tried to add a missing XFS inode to the inode cache, but found it had already been "
            "added by another process."
        ),
        "inode_operation_reclaims": (
            "Number of times the OS reclaimed an XFS inode from the inode cache to free memory for another purpose."
        ),
        "inode_operation_attribute_changes": (
            "Number of times the OS explicitly changed the attributes of an XFS inode."
        ),
    },
    "rw": {
        "write_calls": "Number of write(2) system calls made to files in a filesystem.",
        "read_calls": "Number of read(2) system calls made to files in a filesystem.",
    },
    "vnodes": {
        "vnode_active": "Number of vnodes not on free lists for a filesystem.",
        "vnode_allocate": "Number of times vn_alloc called for a filesystem.",
        "vnode_get": "Number of times vn_get called for a filesystem.",
        "vnode_hold": "Number of times vn_hold called for a filesystem.",
        "vnode_release": "Number of times vn_rele called for a filesystem.",
        "vnode_reclaim": "Number of times vn_reclaim called for a filesystem.",
        "vnode_remove": "Number of times vn_remove called for a filesystem.",
    },
}
FAMILIES = tuple(
    Family(f"node_xfs_{name}_total", "counter", help_text, ("device",), form="%b")
    for columns in LINES.values()
    for name, help_text in columns.items()
)


def parse(text: str) -> list[bytes]:
    """Return the numbers of `FAMILIES`; raise ValueError when one is missing or is none."""
    lines = {words[0]: words[1:] for line in text.encode().splitlines() if (words := line.split())}
    numbers = [number for line, columns in LINES.items() for number in lines.get(line.encode(), [])[: len(columns)]]
    if len(numbers) != len(FAMILIES):
        raise ValueError(f"XFS stats: expected {len(FAMILIES)} numbers, got {text[:200]!r}")
    return list(digits(numbers))


class Xfs(Collector):
    """Exposes the counters of each mounted XFS."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        # Beside a folder for each file system are the sums of all, and debugging knobs.
        self._devices = Devices(roots.sys / "fs" / "xfs", lambda name: name not in {"stats", "debug"})
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError without a mounted XFS, ValueError."""
        mounted = self._devices.find()
        if not mounted:
            raise NotApplicableError("/sys/fs/xfs has no file system")
        rows: dict[tuple[str], list[bytes]] = {}
        for file_system in mounted:
            try:
                rows[file_system.name,] = parse(read_text(file_system.path / "stats" / "stats"))
            except OSError:  # unmounted meanwhile
                continue
        return self._block.render(list(rows), by_family(rows.values()))
