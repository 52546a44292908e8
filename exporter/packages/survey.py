"""Counts the packages that wait, on a thread of its own, slowly, and only when dpkg's or apt's files have changed."""

import importlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from exporter.kernel.files import list_folder
from exporter.packages.apt_lists import Offers, Pending, Repository, parse_release, parse_status, split_stanzas
from exporter.parsing.items import UNREADABLE
from vigie.core.thread_restarts import watched_thread

CHUNK_BYTES = 256 << 10
BUSY_SHARE = 0.1  # of its time the thread works, the rest it rests
JOIN_SECONDS = 2.0
MOST_RELEASE_BYTES = 64 << 10  # the fields that matter come before the checksums
# The module of each compression, imported when a list has it; a list without one is a plain file.
MODULES = {"": "io", ".gz": "gzip", ".xz": "lzma", ".bz2": "bz2"}
LISTS = "_Packages"


class AptSurvey:
    """Counts what waits whenever dpkg's status or apt's lists have changed."""

    def __init__(self, root: Path, period_seconds: float) -> None:
        """Take the root file system, and how often the files are looked at."""
        self._status = root / "var" / "lib" / "dpkg" / "status"
        self._lists = root / "var" / "lib" / "apt" / "lists"
        self._period_seconds = period_seconds
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._result: tuple[Pending | None, dict[str, str]] = (None, {})

    def start(self) -> None:
        """Begin to look; to call it again does nothing."""
        if self._thread is None:
            self._thread = watched_thread("packages", self._run)
            self._thread.start()

    def result(self) -> tuple[Pending | None, dict[str, str]]:
        """Return what waits, None when that is not known (yet), and what could not be read or understood and why."""
        return self._result

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)  # on Linux a thread's own
        last: object = None
        while not self._ending.is_set():
            version = self._version()
            if version != last:
                self._result = self.count()
                last = version
            self._ending.wait(self._period_seconds)

    def _version(self) -> object:
        try:
            status, lists = self._status.stat(), self._lists.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino, lists.st_mtime_ns

    def count(self) -> tuple[Pending | None, dict[str, str]]:
        """Return what waits now, as `result` does."""
        failures: dict[str, str] = {}
        try:
            installed = parse_status(split_stanzas(self._chunks(self._status, "")), failures)
            repositories = self._repositories(failures)
        except UNREADABLE as error:
            return None, failures | {str(self._status): str(error)}
        offers, is_any_read = Offers(installed), False
        for name, repository in repositories.items():
            try:
                for stanza in split_stanzas(self._chunks(self._lists / name, _compression(name))):
                    offers.add(stanza, repository)
                is_any_read = True
            except UNREADABLE as error:
                failures[name] = str(error)
        return (offers.count() if is_any_read else None), failures | offers.failures

    def _repositories(self, failures: dict[str, str]) -> dict[str, Repository]:
        """Return who offers each of the lists that count, by the list's file name."""
        names = list_folder(self._lists)
        releases: dict[str, Repository] = {}
        for name in names:
            prefix = name.removesuffix("Release").removesuffix("In")
            if prefix.endswith("_") and name.endswith("Release"):
                try:
                    with (self._lists / name).open("rb") as file:
                        releases[prefix] = parse_release(file.read(MOST_RELEASE_BYTES))
                except OSError as error:
                    failures[name] = str(error)
        lists = [name for name in names if LISTS in name and "_" not in _compression(name)]
        by_list = {name: _longest(releases, name) for name in lists if _compression(name) in MODULES}
        failures |= {
            name: f"expected a list that is plain or compressed by one of {', '.join(filter(None, MODULES))}"
            for name in lists
            if name not in by_list
        }
        return {name: repository for name, repository in by_list.items() if not repository.is_ignored}

    def _chunks(self, path: Path, suffix: str) -> Iterator[bytes]:
        module: Any = importlib.import_module(MODULES[suffix])
        damaged = getattr(module, "LZMAError", EOFError)
        try:
            with module.open(path, "rb") as file:
                began = monotonic()
                while (chunk := bytes(file.read(CHUNK_BYTES))) and not self._ending.is_set():
                    yield chunk
                    if self._thread is threading.current_thread():
                        self._ending.wait((monotonic() - began) * (1 - BUSY_SHARE) / BUSY_SHARE)
                    began = monotonic()
        except (damaged, EOFError) as error:
            raise ValueError(f"{path}: {error}") from error


def _compression(name: str) -> str:
    """Return what follows the list's own name, such as `.xz`."""
    return name.rpartition(LISTS)[2]


def _longest(releases: dict[str, Repository], name: str) -> Repository:
    """Return the repository whose files' names begin as this list's does."""
    prefixes = [prefix for prefix in releases if name.startswith(prefix)]
    return releases[max(prefixes, key=len)] if prefixes else Repository(":/")
