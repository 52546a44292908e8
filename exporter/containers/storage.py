"""The file system on which a container's layer lies: cAdvisor's `container_fs_*` of the layer's device."""

import os
from functools import lru_cache
from typing import NamedTuple

from exporter.base.calls import FileSystems
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.cgroups.io import Devices, device_label
from exporter.container_families import families as f
from exporter.container_families.rows import Rows
from exporter.containers.disk import Taken
from exporter.docker.container import Container
from exporter.kernel.mounts import parse_mountinfo

ZEROS = (0,) * 16


class Storage(NamedTuple):
    """The text of the device's label, and the size of its file system."""

    label: str
    size_bytes: int


def find_storage(
    roots: Roots, files: SharedFiles, calls: FileSystems, container: Container, devices: Devices
) -> Storage | None:
    """Return where the container's layer lies, None when this process can't see it; raise OSError, ValueError."""
    for folder in filter(None, (container.layer_folder, container.data_folder)):
        path = f"{roots.root}/{folder.lstrip('/')}"
        try:
            number = calls.device_number(path)
            file_system = calls.statvfs(path)
        except OSError:
            continue
        major, minor = os.major(number), os.minor(number)
        name = devices.name((major, minor)) if major else _source(files, f"{major}:{minor}")
        return Storage(device_label(name), file_system.f_frsize * file_system.f_blocks)
    return None


@lru_cache(maxsize=64)
def storage_keys(label: str, *, counts_io: bool, is_measured: bool) -> tuple[f.Key, ...]:
    """Return the keys of a file system: with its operations where nobody else counts them, and what was measured."""
    families = [f.FS_LIMIT, *f.FS_UNTOLD]
    if counts_io:
        families += [f.FS_READS, f.FS_WRITES]
    if is_measured:
        families += [f.FS_INODES_FREE, f.FS_USAGE, f.FS_INODES_TOTAL]
    return tuple((family, label) for family in families)


def add_storage(rows: Rows, storage: Storage, counted: set[str], taken: Taken | None) -> None:
    """Add the file system's series; those of its I/O only where the control group has not told them (`counted`).

    cAdvisor calls the layer's own inodes the total, and says that none is free.
    """
    keys = storage_keys(storage.label, counts_io=storage.label not in counted, is_measured=taken is not None)
    zeros = len(keys) - 1 - (2 if taken is not None else 0)
    rows.add(keys, (storage.size_bytes, *ZEROS[:zeros], *(taken or ())))


def _source(files: SharedFiles, number: str) -> str:
    """Return what is mounted as a device that is no block device (btrfs, zfs, overlay), its number when unknown."""
    mounts = parse_mountinfo(files.read("1/mountinfo").decode("utf-8", "replace"))
    return next((mount.device for mount in mounts if f"{mount.major}:{mount.minor}" == number), number)
