"""The cache of server packages: each is downloaded once, verified by apt, unpacked and renamed when complete."""

import errno
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from vigie.core.errors import ProblemError
from vigie.stack import apt, disk

# Debian's Alertmanager reads its template by this absolute path and exits without it. The unpacked copy reads an
# equally long relative path instead, which is right when the unpacked root is its working directory.
TEMPLATE_PATH = b"/usr/share/prometheus/alertmanager"
RELATIVE_TEMPLATE_PATH = b"usr/share/prometheus//alertmanager"
NEEDED_BYTES = 250_000_000  # the largest package, packed and unpacked, and the index of its suite
OPTION = "--cache (or VIGIE_UP_CACHE)"


class Cache(NamedTuple):
    """Where the unpacked packages lie, and the mirror that was asked for (None: this machine's own)."""

    folder: Path
    mirror: str | None

    def root(self, package: str, suite: str) -> Path:
        """Return the folder into which `package` of `suite` is, or would be, unpacked."""
        return self.folder / f"{package}@{suite}"


def default_folder() -> Path:
    """Return `$XDG_CACHE_HOME/vigie/servers`, by default under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "vigie" / "servers"


@contextmanager
def lock(cache: Cache) -> Iterator[None]:
    """Hold the cache alone, so that two runs don't fetch at once; wait for the other one."""
    with disk.full_is_a_sentence(cache.folder, OPTION):
        cache.folder.mkdir(parents=True, exist_ok=True)
        with (cache.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            for left in cache.folder.glob(".*-*"):
                shutil.rmtree(left)  # of a run that was killed
            yield


def fetch(cache: Cache, package: str, suite: str, progress: apt.Progress) -> Path:
    """Return the folder with `package` of `suite` unpacked in it; call it under `lock`.

    Raises apt.PackageMissingError when no mirror carries it, ProblemError for anything else.
    """
    disk.require(cache.folder, NEEDED_BYTES, OPTION)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache.folder) as name:
        deb = _download(cache, package, suite, Path(name), progress)
        unpacked = Path(name) / "root"
        unpack(deb, unpacked)
        if package == "prometheus-alertmanager":
            _use_relative_template(unpacked / "usr/bin/prometheus-alertmanager")
        root = cache.root(package, suite)
        shutil.rmtree(root, ignore_errors=True)
        unpacked.rename(root)
    return root


def _download(cache: Cache, package: str, suite: str, folder: Path, progress: apt.Progress) -> Path:
    return apt.download(package, suite, cache.mirror or apt.own_mirror(), folder, progress)


def unpack(deb: Path, root: Path) -> None:
    """Unpack a package into a folder; raise OSError for a full disk, ProblemError for anything else."""
    command = ["dpkg-deb", "-x", str(deb), str(root)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No space left" in result.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if result.returncode:
        raise ProblemError(f"{deb.name} can't be unpacked: {result.stderr.strip()}")


def _use_relative_template(binary: Path) -> None:
    content = binary.read_bytes()
    binary.write_bytes(content.replace(TEMPLATE_PATH, RELATIVE_TEMPLATE_PATH))
