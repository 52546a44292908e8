"""The file system on which a container's layer lies: cAdvisor's `container_fs_*` of the layer's device."""

import os
from typing import NamedTuple

from exporter.cgroups.io import Devices, device_label
from exporter.containers import families as f
from exporter.containers.disk import Taken
from exporter.containers.rows import Rows
from exporter.docker.container import Container
from exporter.host import Host
from exporter.mounts import parse_mountinfo


class Storage(NamedTuple):
    """The text of the device's label, and the size of its file system."""

    label: str
    size_bytes: int


def find_storage(host: Host, container: Container, devices: Devices) -> Storage | None:
    """Return where the container's layer lies, None when this process can't see it; raise OSError, ValueError."""
    for folder in filter(None, (container.layer_folder, container.data_folder)):
        path = f"{host.root}/{folder.lstrip('/')}"
        try:
            number = host.calls.device_number(path)
            found = host.calls.statvfs(path)
        except OSError:
            continue
        major, minor = os.major(number), os.minor(number)
        name = devices.name((major, minor)) if major else _source(host, f"{major}:{minor}")
        return Storage(device_label(name), found.f_frsize * found.f_blocks)
    return None


def add_storage(rows: Rows, storage: Storage, counted: set[str], taken: Taken | None) -> None:
    """Add the file system's series; those of its I/O only where the control group has not told them (`counted`)."""
    label = storage.label
    rows.add(((f.FS_LIMIT, label),), (storage.size_bytes,))
    rows.add([(family, label) for family in f.FS_UNTOLD], [0] * len(f.FS_UNTOLD))
    if label not in counted:
        rows.add(((f.FS_READS, label), (f.FS_WRITES, label)), (0, 0))
    if taken is not None:
        # cAdvisor calls the layer's own inodes the total, and tells none to be free.
        rows.add(((f.FS_USAGE, label), (f.FS_INODES_TOTAL, label), (f.FS_INODES_FREE, label)), (*taken, 0))


def _source(host: Host, number: str) -> str:
    """Return what is mounted as a device that is no block device (btrfs, zfs, overlay), its number when unknown."""
    mounts = parse_mountinfo(host.read_shared("1", "mountinfo").decode("utf-8", "replace"))
    return next((one.device for one in mounts if f"{one.major}:{one.minor}" == number), number)
