"""Writes and reads the target files: whole or not at all, and only when their content changed."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from discovery.targets import Target

PLAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?")
ENDS_LIKE_HASHED = re.compile(r"-[0-9a-f]{12}$")
STATE_FILE = ".state/guard.json"
FILE_MODE = 0o644  # Prometheus usually runs as another user


class Group(msgspec.Struct, frozen=True):
    """One group of a file_sd file."""

    targets: tuple[str, ...]
    labels: dict[str, str]


_GROUPS = msgspec.json.Decoder(list[msgspec.Raw])
_GROUP = msgspec.json.Decoder(Group)


def file_name(job: str) -> str:
    """Return the file of a job: `node.json`, else `app-<slug>.json`; no two jobs share one, whatever their names."""
    if job == "node":
        return "node.json"
    if PLAIN.fullmatch(job) and not ENDS_LIKE_HASHED.search(job):
        return f"app-{job}.json"
    slug = re.sub(r"[^a-z0-9]+", "-", job.lower()).strip("-")[:40]
    return f"app-{slug or 'x'}-{hashlib.sha256(job.encode()).hexdigest()[:12]}.json"


def render(targets: Iterable[Target]) -> bytes:
    """Return the bytes of a job's file: one group a line, in an order that only the content decides."""
    groups = [one.group for one in sorted(targets, key=lambda target: (target.instance, target.key))]
    return b"[\n" + b",\n".join(groups) + b"\n]\n" if groups else b"[]\n"


class Folder:
    """The output folder; what Prometheus watches in it is only ever replaced by a rename."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path / ".tmp"  # not watched: a file made beside the others costs Prometheus a rescan
        self._written: dict[str, bytes] = {}

    def prepare(self) -> None:
        """Create the folders; raise OSError when that is impossible."""
        for folder in (self._path, self._temporary, self._path / ".state"):
            folder.mkdir(parents=True, exist_ok=True)
        for path in self._path.glob("*.json"):
            self._written[path.name] = _digest(path.read_bytes())

    def write(self, name: str, content: bytes) -> bool:
        """Bring the file `name` to `content`; return whether that took a write. Raises OSError."""
        digest = _digest(content)
        if self._written.get(name) == digest:
            return False
        self._replace(self._path / name, content)
        self._written[name] = digest
        return True

    def write_state(self, content: bytes) -> None:
        """Keep the guard's memory, when it changed; raise OSError."""
        digest = _digest(content)
        if self._written.get(STATE_FILE) != digest:
            self._replace(self._path / STATE_FILE, content)
            self._written[STATE_FILE] = digest

    def read_state(self) -> bytes | None:
        """Return the guard's memory, or None when there is none yet."""
        try:
            return (self._path / STATE_FILE).read_bytes()
        except FileNotFoundError:
            return None

    def targets(self) -> Iterator[Target]:
        """Yield the targets of our files, as far as they can be read: the memory over a restart."""
        for path in sorted(self._path.glob("*.json")):
            if path.name == "node.json" or path.name.startswith("app-"):
                yield from _targets(path.read_bytes())

    def _replace(self, path: Path, content: bytes) -> None:
        temporary = self._temporary / path.name
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def service_of(target: Target) -> str:
    """Return the service from which a target of a file came."""
    return _GROUP.decode(target.group).labels["__meta_consul_service"]


def _targets(content: bytes) -> Iterator[Target]:
    try:
        groups = _GROUPS.decode(content)
    except msgspec.DecodeError:
        return  # not one of ours: the next write replaces it
    for raw in groups:
        try:
            labels = _GROUP.decode(raw).labels
            yield Target(
                dc=labels["dc"],
                host=labels["host"],
                service_id=labels["__meta_consul_service_id"],
                job=labels["job"],
                instance=labels["instance"],
                health=labels["__meta_consul_health"],
                group=bytes(raw),
            )
        except (msgspec.DecodeError, KeyError):
            continue


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
