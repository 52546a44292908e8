"""One hash of all that is declared: two machines whose hashes differ do not hold the same desired state."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dashboards import boards
from vigie.core.builtin import builtin
from vigie.provision.settings import Settings

CHARACTERS = 12  # enough to tell apart, short enough to read out


def state_hash(site: Path | None, settings: Settings) -> str:
    """Return the hash of boards, rules, routes, the site folder and the settings that change them.

    It is the same on each machine and for each target. Paths, addresses and patience are not in it.
    """
    digest = hashlib.sha256()
    for name, content in _parts(site, settings):
        for one in (name.encode(), content):
            digest.update(len(one).to_bytes(8, "big") + one)
    return digest.hexdigest()[:CHARACTERS]


def _parts(site: Path | None, settings: Settings) -> Iterator[tuple[str, bytes]]:
    yield "runbook_base_url", settings.runbook_base_url.encode()
    yield "evaluator", settings.evaluator.encode()
    yield "notifier", settings.notifier.encode()
    yield "boards", _canonical(boards.load())
    yield from _files(builtin("alerting", "rules"), "rules")
    for path in sorted(builtin("alerting", "slo").glob("*.yml")):
        yield f"slo/{path.name}", path.read_bytes()
    yield "routes", builtin("alerting", "routes.yml").read_bytes()
    yield "budgets", builtin("alerting", "budgets", "budgets.yml").read_bytes()
    for path in sorted(builtin("alerting", "routes").glob("*.tmpl")):
        yield f"template/{path.name}", path.read_bytes()
    if site is not None:
        yield from _files(site, "site")


def _files(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield what a folder holds, without what editors, Python and version control leave there."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" or part.endswith("~") for part in inner.parts)
        if path.is_file() and not hidden:
            yield f"{name}/{inner}", path.read_bytes()


def _canonical(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
