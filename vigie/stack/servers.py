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

from vigie.core import running_stack
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import load
from vigie.stack import apt, gobuild, packages
from vigie.stack.progress import Report
from vigie.stack.settings import Settings

SUITES = ("bookworm", "trixie", "forky")  # oldest first; the machine's own or a newer one fits its C library
PROGRAM_FOLDERS = ("usr/bin", "usr/sbin", "bin")
VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
BUILT = f"built from its Go module {gobuild.VERSION}"


class ServerProgram(NamedTuple):
    """The program of a real server: its version, where it came from, and the folder to run it in (None: any)."""

    name: str
    path: Path
    version: str
    origin: str
    working_folder: Path | None = None


class ServerSource(NamedTuple):
    """How a server is called on PATH, what must be there at least, and which Debian package has it."""

    commands: tuple[str, ...]
    minimum: str | None
    packages: tuple[str, ...]  # the first that a suite has
    suites: tuple[str, ...] = ()  # empty: the machine's own or a newer one
    version_arguments: tuple[str, ...] = ("--version",)


SOURCES = {
    "alertmanager": ServerSource(("alertmanager", "prometheus-alertmanager"), "0.25", ("prometheus-alertmanager",)),
    "amtool": ServerSource(("amtool",), "0.25", ("prometheus-alertmanager",)),
    "blackbox_exporter": ServerSource(
        ("blackbox_exporter", "prometheus-blackbox-exporter"), "0.23", ("prometheus-blackbox-exporter",)
    ),
    # Only in tests and benchmarks, which do without once bullseye has gone: its program's Go module is not served.
    "cadvisor": ServerSource(("cadvisor",), "0.38", ("cadvisor",), ("bullseye",)),
    "busybox": ServerSource(("busybox",), "1.30", ("busybox-static",), version_arguments=("--help",)),
    "consul": ServerSource(("consul",), "1.8", ("consul",), ("bullseye",), ("version",)),
    # A container daemon for the tests, with the two programs that it starts.
    "containerd": ServerSource(("containerd",), "1.4", ("containerd",)),
    # Only in tests: it reads the files of compose/ without a daemon.
    "docker-compose": ServerSource(("docker-compose",), "2.20", ("docker-compose",), ("trixie", "forky"), ("version",)),
    "dockerd": ServerSource(("dockerd",), "20.10", ("docker.io",)),
    "runc": ServerSource(("runc",), "1.0", ("runc",)),
    "grafana": ServerSource(("grafana",), "11.0", ()),
    "node_exporter": ServerSource(
        ("node_exporter", "prometheus-node-exporter"), "1.11", ("prometheus-node-exporter",), ("forky",)
    ),
    "prometheus": ServerSource(("prometheus",), "2.42", ("prometheus",)),
    # A package of its own since trixie, part of prometheus before.
    "promtool": ServerSource(("promtool",), "2.42", ("promtool", "prometheus")),
    # Only in tests: what our checks are compared with.
    "mysqld_exporter": ServerSource(
        ("mysqld_exporter", "prometheus-mysqld-exporter"), "0.19", ("prometheus-mysqld-exporter",), ("forky",)
    ),
    "postgres_exporter": ServerSource(
        ("postgres_exporter", "prometheus-postgres-exporter"), "0.19", ("prometheus-postgres-exporter",), ("forky",)
    ),
    "redis_exporter": ServerSource(
        ("redis_exporter", "prometheus-redis-exporter"), "1.58", ("prometheus-redis-exporter",), ("forky",)
    ),
    # Debian's prints no version, so none is required.
    "victoria-metrics": ServerSource(("victoria-metrics",), None, ("victoria-metrics",)),
}


def find(name: str, cache: packages.Cache | None = None, report: Report | None = None) -> ServerProgram:
    """Return the server `name`, fetched into the cache when it is neither on PATH nor there.

    `report` hears of downloads and builds. Raises ProblemError with one sentence that says what to do.
    """
    if name not in SOURCES:
        raise UsageProblemError(f"{name!r} is no server of the stack; expected one of {', '.join(sorted(SOURCES))}")
    cache = cache or cache_of(load("up", Settings, {}))
    server = find_installed(name) or _find_cached(name, cache)
    if server is None:
        with packages.lock(cache):
            server = _find_cached(name, cache) or _fetch(name, cache, report or Report())
    return server


def require(name: str) -> ServerProgram:
    """Return the server `name` that is on PATH or in the cache of `vigie up`, a running one's if need be.

    Fetches nothing. Raises ProblemError that says what is missing and how to get it.
    """
    settings = load("up", Settings, {})
    offered = running_stack.read(settings.dir).get("up", {}).get("cache")
    cache = packages.Cache(Path(offered), settings.mirror) if offered and not settings.cache else cache_of(settings)
    server = find_installed(name) or _find_cached(name, cache)
    if server is None:
        packages_of = " or ".join(SOURCES[name].packages)
        raise ProblemError(
            f"{name} {SOURCES[name].minimum} or newer is neither on PATH nor in {cache.folder}: install it "
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


def is_new_enough(version: str, minimum: str | None) -> bool:
    """Tell whether `version` is at least `minimum`, compared number by number."""
    return minimum is None or _numbers(version) >= _numbers(minimum)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _read_version(source: ServerSource, path: Path) -> str | None:
    """Return the version that the program at `path` prints, "unknown" when it prints none, None if it won't run."""
    try:
        result = subprocess.run(
            [path, *source.version_arguments], capture_output=True, text=True, check=False, timeout=20, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = VERSION.search(result.stdout + result.stderr)
    if source.minimum is None:
        return match.group() if match else "unknown"
    return match.group() if match and result.returncode == 0 else None


def _check_program(name: str, path: Path, origin: str, folder: Path | None = None) -> ServerProgram | None:
    source = SOURCES[name]
    version = _read_version(source, path)
    if version is None or not is_new_enough(version, source.minimum):
        return None
    return ServerProgram(name, path, version, origin, folder)


def find_installed(name: str) -> ServerProgram | None:
    """Return the server that is on PATH and new enough (for Grafana also in GRAFANA_HOME), else None."""
    home = os.environ.get("GRAFANA_HOME") if name == "grafana" else None
    search = f"{home}/bin{os.pathsep}{os.environ.get('PATH', '')}" if home else None
    for command in SOURCES[name].commands:
        path = shutil.which(command, path=search)
        server = _check_program(name, Path(path), "PATH") if path else None
        if server:
            return server
    return None


def _candidates(source: ServerSource) -> Iterator[tuple[str, str]]:
    """Yield (package, suite), the best first."""
    for suite in source.suites or own_suites():
        for package in source.packages:
            yield package, suite


def _find_cached(name: str, cache: packages.Cache) -> ServerProgram | None:
    for package, suite in _candidates(SOURCES[name]):
        server = _find_unpacked(name, cache.root(package, suite), suite)
        if server:
            return server
    if name == "consul":
        return _check_program(name, gobuild.built_path(cache.folder), BUILT)
    return None


def _find_unpacked(name: str, root: Path, suite: str) -> ServerProgram | None:
    paths = [root / folder / command for folder in PROGRAM_FOLDERS for command in SOURCES[name].commands]
    path = next((path for path in paths if path.exists()), None)
    folder = root if name == "alertmanager" else None  # see packages.RELATIVE_TEMPLATE_PATH
    return _check_program(name, path, f"Debian {suite}", folder) if path else None


def _fetch(name: str, cache: packages.Cache, report: Report) -> ServerProgram:
    source = SOURCES[name]
    if not source.packages:
        raise ProblemError(f"{name} {source.minimum} or newer is not installed: put it on PATH (or set GRAFANA_HOME)")
    missing = None
    for package, suite in _candidates(source) if apt.is_supported() else ():
        try:
            root = packages.fetch(cache, package, suite, lambda percent: report.progress(name, percent))
        except (apt.PackageMissingError, apt.UnsignedError) as error:
            if isinstance(error, apt.UnsignedError) and name != "consul":
                raise
            missing = error
            continue
        server = _find_unpacked(name, root, suite)
        if server:
            return server
    server = _check_program(name, gobuild.build(cache.folder, report), BUILT) if name == "consul" else None
    if server is None:
        raise (
            _suites_gone(name, source)
            if isinstance(missing, apt.SuiteMissingError)
            else missing or _unfit(name, source)
        )
    return server


def _suites_gone(name: str, source: ServerSource) -> ProblemError:
    return apt.SuiteMissingError(
        f"{name} {source.minimum or ''} or newer is not on PATH, and the mirror has no Debian "
        f"{' or '.join(source.suites or own_suites())}, where it is: put one on PATH, or name a mirror that keeps old "
        "suites by --mirror or VIGIE_UP_MIRROR"
    )


def _unfit(name: str, source: ServerSource) -> ProblemError:
    requirement = f"{name} {source.minimum or ''}".strip()
    if apt.is_supported():
        return ProblemError(f"{requirement} or newer: Debian's package does not run on this machine; put one on PATH")
    return ProblemError(
        f"{requirement} or newer is not on PATH, and this platform has no Debian packages "
        "(apt-get, dpkg-deb and debian-archive-keyring): run the stack with Docker, `docker compose up` in compose/"
    )
