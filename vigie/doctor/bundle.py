"""Collects a support archive: what runs, what is set, what each server says; every text is masked."""

import io
import platform
import tarfile
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from vigie import __version__
from vigie.core.errors import ProblemError
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.http.fetch_failure import FetchError
from vigie.core.settings import Common, ServerAccess, fields, secret, value_of
from vigie.doctor.gathering import AT_ONCE
from vigie.doctor.masking import Masking
from vigie.doctor.settings import Settings
from vigie.stack import state

LIBRARIES = ("click", "flask", "grafana-client", "msgspec", "prometheus-client", "py-consul", "requests", "structlog")
PAGES: Mapping[str, tuple[str, ...]] = {
    "consul": (
        "/v1/status/leader",
        "/v1/status/peers",
        "/v1/catalog/datacenters",
        "/v1/catalog/nodes",
        "/v1/catalog/services",
        "/v1/health/service/vigie-exporter",
        "/v1/health/state/critical",
    ),
    "discovery": ("/targets.json", "/sd/node", "/metrics"),
    "prometheus": (
        "/api/v1/status/buildinfo",
        "/api/v1/status/runtimeinfo",
        "/api/v1/status/flags",
        "/api/v1/status/config",
        "/api/v1/targets",
        "/api/v1/rules",
        "/api/v1/alertmanagers",
    ),
    "alertmanager": ("/api/v2/status", "/api/v2/receivers", "/api/v2/silences", "/api/v2/alerts"),
    "grafana": ("/api/health", "/api/datasources/uid/vigie-prometheus", "/api/dashboards/uid/vigie-host"),
}


class Item(NamedTuple):
    """One file of the archive."""

    name: str
    text: str


class Source(NamedTuple):
    """One server: its kind, its address, and how it is reached."""

    kind: str
    url: str
    access: ServerAccess


def write(path: Path, items: Iterator[Item], masking: Masking) -> int:
    """Write the archive, readable by its owner alone, and return how many files it has; raise ProblemError."""
    count = 0
    try:
        path.touch(0o600, exist_ok=False)
        with tarfile.open(path, "w:gz") as archive:
            for item in items:
                content = mask_item(item, masking).encode(errors="replace")
                entry = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{item.name}")
                entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
                archive.addfile(entry, io.BytesIO(content))
                count += 1
    except OSError as error:
        raise ProblemError(
            f"{path}: the archive can't be written: {error.strerror}; choose another --output"
        ) from error
    return count


def mask_item(item: Item, masking: Masking) -> str:
    """Return an item's text without secrets; of JSON, members with a secret's name are masked first."""
    if not item.name.endswith(".json"):
        return masking.text(item.text)
    try:
        document = msgspec.json.decode(item.text)
    except msgspec.DecodeError:
        return masking.text(item.text)
    return masking.text(_json(masking.document(document)))


def items(common: Common, document: Mapping[str, Any], folder: Path, ours: Settings) -> Iterator[Item]:
    """Yield all files but the diagnosis: `document` is the settings' file, `folder` that of `vigie up`."""
    yield Item("versions.json", _json(versions()))
    yield Item("settings.json", _json(in_force(common, document)))
    yield from of_stack(folder, ours.log_lines)
    pages = [
        (f"{source.kind}-{number}" if number else source.kind, source, page)
        for kind in PAGES
        for number, source in enumerate(sources(common, kind))
        for page in PAGES[kind]
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda page: read(page[0], page[1], page[2], ours.timeout), pages)


def versions() -> dict[str, str]:
    """Return the versions of vigie, Python, the system and our libraries."""
    installed = {
        distribution.metadata["Name"].lower(): distribution.version for distribution in metadata.distributions()
    }
    mine = {"vigie": __version__, "python": platform.python_version(), "system": platform.platform()}
    return mine | {name: installed[name] for name in LIBRARIES if name in installed}


def in_force(common: Common, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the common settings in force and the settings' file; of a secret only whether it is set."""
    values = {field.name: value_of(common, field) for field in fields(Common)}
    secrets = {field.name for field in fields(Common) if field.secret}
    shown = {name: ("(set)" if value else "(none)") if name in secrets else value for name, value in values.items()}
    return {"common": msgspec.to_builtins(shown, enc_hook=str), "file": document}


def known_secrets(common: Common) -> Iterator[str]:
    """Yield every secret that the settings name, also those in URLs."""
    for name, value in ((field.name, value_of(common, field)) for field in fields(Common)):
        if name.endswith(("token", "password")) and value:
            yield value
        if name.endswith(("token_file", "password_file", "key_file")) and value:
            yield secret(None, value) or ""
        if name.endswith("_url"):
            for url in value:
                yield from url.partition("://")[2].rpartition("@")[0].split(":", 1)[1:]


def sources(common: Common, kind: str) -> list[Source]:
    """Return the servers of a kind."""
    access: ServerAccess = getattr(common, kind)
    return [Source(kind, url, access) for url in access.url]


def read(folder: str, source: Source, page: str, seconds: float) -> Item:
    """Return one page of a server, or why it can't be had."""
    name = f"{folder}/{page.strip('/').removesuffix('.json').replace('/', '-')}"
    try:
        with HttpClient(source.access, patient_for(seconds), [source.url]) as server:
            text = server.get(page).decode(errors="replace")
    except FetchError as error:
        return Item(f"{name}.error.txt", error.failure.cause(f"{source.kind} {page}") + "\n")
    return Item(f"{name}.json" if text.lstrip().startswith(("{", "[")) else f"{name}.txt", text)


def of_stack(folder: Path, lines: int) -> Iterator[Item]:
    """Yield the files of `vigie up`: its state, its target files, the ends of its logs."""
    stack = state.read(folder)
    if stack is None:
        return
    yield Item("up/state.json", _json(msgspec.to_builtins(stack)))
    for path in sorted(folder.glob("targets/*.json")):
        yield Item(f"up/targets/{path.name}", path.read_text(errors="replace"))
    for path in sorted(folder.glob("logs/*.log")):
        with path.open(errors="replace") as file:
            yield Item(f"up/logs/{path.name}", "".join(deque(file, maxlen=lines)))


def file_document(file: Path | None) -> Mapping[str, Any]:
    """Return the document of the settings' file, which was checked before; empty when there is none."""
    document = yaml.safe_load(file.read_text()) if file else None
    return document if isinstance(document, dict) else {}


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
