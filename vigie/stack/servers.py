"""Finds the real servers: on PATH when new enough, else in the cache, else fetched as Debian packages.

Consul is in Debian's bullseye alone, which leaves the mirrors; then it is built from its Go module.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import load
from vigie.stack import apt, gobuild, packages
from vigie.stack.progress import Report
from vigie.stack.settings import Settings

SUITES = ("bookworm", "trixie", "forky")  # oldest first; the machine's own or a newer one fits its C library
PROGRAM_FOLDERS = ("usr/bin", "usr/sbin", "bin")
VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
BUILT = f"built from its Go module {gobuild.VERSION}"


class Server(NamedTuple):
    """A real server that was found: the folder to run it in (None: any), its version and where it came from."""

    name: str
    path: Path
    version: str
    origin: str
    working_folder: Path | None = None


class Kind(NamedTuple):
    """How a server is called on PATH, what must be there at least, and which Debian package has it."""

    commands: tuple[str, ...]
    minimum: str | None
    packages: tuple[str, ...]  # the first that a suite has
    suites: tuple[str, ...] = ()  # empty: the machine's own or a newer one
    version_arguments: tuple[str, ...] = ("--version",)


KINDS = {
    "alertmanager": Kind(("alertmanager", "prometheus-alertmanager"), "0.25", ("prometheus-alertmanager",)),
    "amtool": Kind(("amtool",), "0.25", ("prometheus-alertmanager",)),
    "blackbox_exporter": Kind(
        ("blackbox_exporter", "prometheus-blackbox-exporter"), "0.23", ("prometheus-blackbox-exporter",)
    ),
    # Only in tests and benchmarks, which do without once bullseye has gone: its program's Go module is not served.
    "cadvisor": Kind(("cadvisor",), "0.38", ("cadvisor",), ("bullseye",)),
    "busybox": Kind(("busybox",), "1.30", ("busybox-static",), version_arguments=("--help",)),
    "consul": Kind(("consul",), "1.8", ("consul",), ("bullseye",), ("version",)),
    # A container daemon for the tests, with the two programs that it starts.
    "containerd": Kind(("containerd",), "1.4", ("containerd",)),
    # Only in tests: it reads the files of compose/ without a daemon.
    "docker-compose": Kind(("docker-compose",), "2.20", ("docker-compose",), ("trixie", "forky"), ("version",)),
    "dockerd": Kind(("dockerd",), "20.10", ("docker.io",)),
    "runc": Kind(("runc",), "1.0", ("runc",)),
    "grafana": Kind(("grafana",), "11.0", ()),
    "node_exporter": Kind(
        ("node_exporter", "prometheus-node-exporter"), "1.11", ("prometheus-node-exporter",), ("forky",)
    ),
    "prometheus": Kind(("prometheus",), "2.42", ("prometheus",)),
    # A package of its own since trixie, part of prometheus before.
    "promtool": Kind(("promtool",), "2.42", ("promtool", "prometheus")),
    # It tells no version (Debian builds it without one), so none is required.
    "victoria-metrics": Kind(("victoria-metrics",), None, ("victoria-metrics",)),
}


def find(name: str, cache: packages.Cache | None = None, report: Report | None = None) -> Server:
    """Return the server `name`, fetched into the cache when it is neither on PATH nor there.

    `report` hears what takes its time. Raises ProblemError with one sentence that says what to do.
    """
    if name not in KINDS:
        raise UsageProblemError(f"{name!r} is no server of the stack; expected one of {', '.join(sorted(KINDS))}")
    cache = cache or cache_of(load("up", Settings, {}))
    server = installed(name) or _cached(name, cache)
    if server is None:
        with packages.lock(cache):
            server = _cached(name, cache) or _fetched(name, cache, report or Report())
    return server


def require(name: str) -> Server:
    """Return the server `name` that is on PATH or in the cache of `vigie up`; fetches nothing.

    Raises ProblemError that says what is missing and how to get it.
    """
    cache = cache_of(load("up", Settings, {}))
    server = installed(name) or _cached(name, cache)
    if server is None:
        packages_of = " or ".join(KINDS[name].packages)
        raise ProblemError(
            f"{name} {KINDS[name].minimum} or newer is neither on PATH nor in {cache.folder}: install it "
            f"(Debian's package is {packages_of}), or let `vigie up` fetch it there once"
        )
    return server


def cache_of(settings: Settings) -> packages.Cache:
    """Return the cache that `settings` name."""
    return packages.Cache((settings.cache or packages.default_folder()).absolute(), settings.mirror)


def own_suites() -> tuple[str, ...]:
    """Return the Debian suites whose packages fit this machine, its own first."""
    codename = apt.own_codename(Path("/etc/os-release").read_text())
    return SUITES[SUITES.index(codename) :] if codename in SUITES else SUITES


def new_enough(version: str, minimum: str | None) -> bool:
    """Tell whether `version` is at least `minimum`, compared number by number."""
    return minimum is None or _numbers(version) >= _numbers(minimum)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _asked(kind: Kind, path: Path) -> str | None:
    """Return the version that the program at `path` tells, "unknown" when it tells none, None when it won't run."""
    try:
        result = subprocess.run(
            [path, *kind.version_arguments], capture_output=True, text=True, check=False, timeout=20, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = VERSION.search(result.stdout + result.stderr)
    if kind.minimum is None:
        return found.group() if found else "unknown"
    return found.group() if found and result.returncode == 0 else None


def _usable(name: str, path: Path, origin: str, folder: Path | None = None) -> Server | None:
    kind = KINDS[name]
    version = _asked(kind, path)
    if version is None or not new_enough(version, kind.minimum):
        return None
    return Server(name, path, version, origin, folder)


def installed(name: str) -> Server | None:
    """Return the server that is on PATH and new enough (for Grafana also in GRAFANA_HOME), else None."""
    home = os.environ.get("GRAFANA_HOME") if name == "grafana" else None
    search = f"{home}/bin{os.pathsep}{os.environ.get('PATH', '')}" if home else None
    for command in KINDS[name].commands:
        found = shutil.which(command, path=search)
        server = _usable(name, Path(found), "PATH") if found else None
        if server:
            return server
    return None


def _candidates(kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield (package, suite), the best first."""
    for suite in kind.suites or own_suites():
        for package in kind.packages:
            yield package, suite


def _cached(name: str, cache: packages.Cache) -> Server | None:
    for package, suite in _candidates(KINDS[name]):
        server = _unpacked(name, cache.root(package, suite), suite)
        if server:
            return server
    if name == "consul":
        return _usable(name, gobuild.built(cache.folder), BUILT)
    return None


def _unpacked(name: str, root: Path, suite: str) -> Server | None:
    paths = [root / folder / command for folder in PROGRAM_FOLDERS for command in KINDS[name].commands]
    path = next((path for path in paths if path.exists()), None)
    folder = root if name == "alertmanager" else None  # see packages.RELATIVE_TEMPLATE_PATH
    return _usable(name, path, f"Debian {suite}", folder) if path else None


def _fetched(name: str, cache: packages.Cache, report: Report) -> Server:
    kind = KINDS[name]
    if not kind.packages:
        raise ProblemError(f"{name} {kind.minimum} or newer is not installed: put it on PATH (or set GRAFANA_HOME)")
    missing = None
    for package, suite in _candidates(kind) if apt.supported() else ():
        try:
            root = packages.fetch(cache, package, suite, lambda percent: report.progress(name, percent))
        except (apt.PackageMissingError, apt.UnsignedError) as error:
            if isinstance(error, apt.UnsignedError) and name != "consul":
                raise
            missing = error
            continue
        server = _unpacked(name, root, suite)
        if server:
            return server
    server = _usable(name, gobuild.build(cache.folder, report), BUILT) if name == "consul" else None
    if server is None:
        raise _suites_gone(name, kind) if isinstance(missing, apt.SuiteMissingError) else missing or _unfit(name, kind)
    return server


def _suites_gone(name: str, kind: Kind) -> ProblemError:
    return apt.SuiteMissingError(
        f"{name} {kind.minimum or ''} or newer is not on PATH, and the mirror has no Debian "
        f"{' or '.join(kind.suites or own_suites())}, where it is: put one on PATH, or name a mirror that keeps old "
        "suites by --mirror or VIGIE_UP_MIRROR"
    )


def _unfit(name: str, kind: Kind) -> ProblemError:
    wanted = f"{name} {kind.minimum or ''}".strip()
    if apt.supported():
        return ProblemError(f"{wanted} or newer: Debian's package does not run on this machine; put one on PATH")
    return ProblemError(
        f"{wanted} or newer is not on PATH, and this platform has no Debian packages "
        "(apt-get, dpkg-deb and debian-archive-keyring): run the stack with Docker, `docker compose up` in compose/"
    )
