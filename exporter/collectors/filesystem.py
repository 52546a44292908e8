"""node_filesystem_*: size and free space of what is mounted."""

from contextlib import suppress
from typing import Annotated

import msgspec

from exporter.base.calls import FileSystems
from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family
from exporter.kernel.mounts import Mount, parse_mountinfo
from exporter.kernel.name_filter import Filter
from exporter.kernel.statvfs import Prober
from vigie.core.settings import Duration

MOUNT_POINTS_EXCLUDE = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
FS_TYPES_EXCLUDE = (
    "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs"
    "|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$"
)
LABELS = ("device", "device_error", "fstype", "mountpoint")


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_filesystem_{name}", "gauge", help_text, LABELS)


STATE = (
    _gauge("device_error", "Whether an error occurred while getting statistics for the given device."),
    _gauge("readonly", "Filesystem read-only status."),
)
SIZES = (
    _gauge("size_bytes", "Filesystem size in bytes."),
    _gauge("free_bytes", "Filesystem free space in bytes."),
    _gauge("avail_bytes", "Filesystem space available to non-root users in bytes."),
    _gauge("files", "Filesystem total file nodes."),
    _gauge("files_free", "Filesystem total free file nodes."),
    _gauge("purgeable_bytes", "Filesystem space available including purgeable space (MacOS specific)."),
)
MOUNT_INFO = Family(
    "node_filesystem_mount_info",
    "gauge",
    "Filesystem mount information.",
    ("device", "major", "minor", "mountpoint"),
)


class FilesystemOptions(Options, frozen=True, kw_only=True):
    """Which mounts are exposed, and how long one may take to answer."""

    mount_points_exclude: Annotated[str, msgspec.Meta(description="Mount points to leave out (regexp).")] = (
        MOUNT_POINTS_EXCLUDE
    )
    mount_points_include: Annotated[str, msgspec.Meta(description="Mount points to keep (regexp).")] = ""
    fs_types_exclude: Annotated[str, msgspec.Meta(description="File system types to leave out (regexp).")] = (
        FS_TYPES_EXCLUDE
    )
    fs_types_include: Annotated[str, msgspec.Meta(description="File system types to keep (regexp).")] = ""
    mount_timeout: Annotated[
        Duration,
        msgspec.Meta(
            gt=0,
            description="How long remote mounts may take to answer before they count as stuck.",
        ),
    ] = 1.0


class Filesystem(Collector):
    """Exposes statvfs(3) of each mount that the filters leave."""

    options_type = FilesystemOptions

    def __init__(self, roots: Roots, file_systems: FileSystems, options: object = None) -> None:
        super().__init__(roots, options)
        chosen = self.options
        self._points = Filter(*_pair(chosen.mount_points_exclude, chosen.mount_points_include, MOUNT_POINTS_EXCLUDE))
        self._types = Filter(*_pair(chosen.fs_types_exclude, chosen.fs_types_include, FS_TYPES_EXCLUDE))
        self._files = [roots.file("1", "mountinfo"), roots.file("self", "mountinfo")]
        self._file = self._files[0]
        self._prober = Prober(chosen.mount_timeout, file_systems.statvfs)
        self._text, self._mounts = b"", list[Mount]()
        self._state, self._sizes, self._info = Block(*STATE), Block(*SIZES), Block(MOUNT_INFO)

    def page(self) -> bytes:
        """Return the gauges; a mount that gives an error or no answer has `device_error` and no sizes."""
        mounts = self._wanted()
        results = self._prober.probe((self._path(mount), mount.fstype) for mount in mounts)
        keys, states, good, sizes = [], [], [], []
        for mount, result in zip(mounts, results, strict=True):
            error = (result.strerror or "").lower() if isinstance(result, OSError) else ""
            key = (mount.device, error, mount.fstype, mount.mountpoint)
            keys.append(key)
            states.append((isinstance(result, OSError), mount.is_readonly))
            if isinstance(result, OSError):
                continue
            good.append((key, (mount.device, mount.major, mount.minor, mount.mountpoint)))
            unit = result.f_frsize  # POSIX counts blocks in it; f_bsize is what is best to read at once
            sizes.append((
                result.f_blocks * unit, result.f_bfree * unit, result.f_bavail * unit,
                result.f_files, result.f_ffree, 0,
            ))  # fmt: skip
        return (
            self._state.render(keys, by_family(states))
            + self._sizes.render([key for key, _ in good], by_family(sizes))
            + self._info.render([key for _, key in good], [1] * len(good))
        )

    def close(self) -> None:
        """End the threads that ask remote mounts."""
        self._prober.close()
        for file in self._files:
            file.close()

    def _wanted(self) -> list[Mount]:
        """Return the mounts that the filters leave; the file is read again only when the kernel tells of a change."""
        if self._text and self.roots.is_live and not self._file.has_changed():
            return self._mounts
        text = self._read()
        if text != self._text:
            mounts: dict[tuple[str, str, str], Mount] = {}
            for mount in parse_mountinfo(text.decode("utf-8", "replace")):
                named = mount._replace(mountpoint=self._strip_root(mount.mountpoint))
                if self._points.accepts(named.mountpoint) and self._types.accepts(named.fstype):
                    mounts.setdefault((named.device, named.mountpoint, named.fstype), named)
            self._text, self._mounts = text, list(mounts.values())
        return self._mounts

    def _read(self) -> bytes:
        """Return init's mountinfo, or our own where /proc is mounted with hidepid."""
        with suppress(OSError):
            self._file = self._files[0]
            return self._file.read()
        self._file = self._files[1]
        return self._file.read()

    def _strip_root(self, mountpoint: str) -> str:
        root = str(self.roots.root)
        return mountpoint if root == "/" else mountpoint.removeprefix(root) or "/"

    def _path(self, mount: Mount) -> str:
        root = str(self.roots.root)
        return mount.mountpoint if root == "/" else root + mount.mountpoint


def _pair(exclude: str, include: str, default: str) -> tuple[str, str]:
    """Return the pair; an inclusion alone takes the place of the default exclusion, as in node_exporter."""
    return ("", include) if include and exclude == default else (exclude, include)
