"""Where control groups are mounted, and which group is a container's.

https://docs.kernel.org/admin-guide/cgroup-v1/ and https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from exporter.parsing.items import skip
from exporter.parsing.lines import split_lines

CONTROLLERS = ("cpu", "cpuacct", "memory", "blkio", "pids")
UNIFIED = "unified"  # systemd's name for the version 2 tree that stands beside version 1


class Layout(NamedTuple):
    """The folder of each version 1 controller, and that of version 2, whose controllers `is_unified` tells to use."""

    controllers: Mapping[str, Path]
    unified: Path | None
    is_unified: bool

    def group(self, controller: str, path: str) -> Path | None:
        """Return the folder of a group in a controller's tree ("" for version 2), None when there is no such tree."""
        root = self.unified if not controller or self.is_unified else self.controllers.get(controller)
        return root / path.lstrip("/") if root is not None else None


def find_layout(folder: Path) -> Layout:
    """Return the layout below `/sys/fs/cgroup`; raise FileNotFoundError when nothing is mounted there."""
    if (folder / "cgroup.controllers").exists():
        return Layout({}, folder, is_unified=True)
    names = sorted(path.name for path in folder.iterdir())
    folders = {
        controller: folder / name for controller in CONTROLLERS for name in names if controller in name.split(",")
    }  # `cpu,cpuacct` is one tree with two controllers, often with a link for each
    unified = folder / UNIFIED
    if not folders:
        raise FileNotFoundError(f"{folder}: no control groups are mounted there")
    return Layout(folders, unified if (unified / "cgroup.controllers").exists() else None, is_unified=False)


def parse_groups(text: str) -> dict[str, str]:
    """Return the group of each controller from /proc/PID/cgroup, that of version 2 under "".

    A line is `hierarchy:controllers:path`, and only the path may hold colons.
    """
    groups: dict[str, str] = {}
    for place, line in enumerate(split_lines(text), 1):
        _, _, rest = line.partition(":")
        controllers, separator, path = rest.partition(":")
        if not separator:
            skip(f"cgroup of a process, line {place}", f"expected `number:controllers:path`, got {line[:80]!r}")
            continue
        for controller in controllers.split(","):
            groups.setdefault(controller, path)
    return groups


def own_group(path: str, container_id: str) -> str | None:
    """Return the part of a process's group up to the container's own, None when no part carries the container's id.

    A process may sit deeper: podman runs it in `…/container`, systemd moves itself to `…/init.scope`.
    """
    parts = path.split("/")
    for number, part in enumerate(parts):
        if container_id in part:
            return "/".join(parts[: number + 1])
    return None


def find_group(layout: Layout, groups: Mapping[str, str], container_id: str, parent: str) -> str | None:
    """Return the path of a container's group, the same in every tree, None when it has none (any more).

    `groups` is that of its first process. In a group namespace of our own it shows no whole path (`/../…`) or lacks
    the id, and the places where Docker and podman put groups are tried.
    """
    named = (groups.get(controller) for controller in ("memory", "cpu", "", "name=systemd"))
    for path in named:
        own = own_group(path, container_id) if path else None
        if own and ".." not in own.split("/"):
            return own
    return next((path for path in _usual_groups(container_id, parent) if _exists(layout, path)), None)


def _exists(layout: Layout, path: str) -> bool:
    """Return whether some controller has the group; a kernel may have been started without that of memory."""
    folders = (layout.group(controller, path) for controller in ("memory", "cpu", "pids"))
    return any(folder is not None and folder.is_dir() for folder in folders)


def _usual_groups(container_id: str, parent: str) -> Iterator[str]:
    for name in ("docker", "libpod"):
        scope = f"{name}-{container_id}.scope"
        if parent.endswith(".slice"):
            yield f"{_slice_path(parent)}/{scope}"
        elif parent:
            yield f"/{parent.strip('/')}/{container_id}"
        yield f"/{'system' if name == 'docker' else 'machine'}.slice/{scope}"
        yield f"/{name}/{container_id}"


def _slice_path(name: str) -> str:
    """Return `/a.slice/a-b.slice` for `a-b.slice`: a dash in a slice's name is a level (systemd.slice(5))."""
    words = name.removesuffix(".slice").split("-")
    return "".join(f"/{'-'.join(words[: count + 1])}.slice" for count in range(len(words)))
