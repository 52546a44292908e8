"""Finds all that is declared by walking the `declarations` folder of each part, and puts it together."""

import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vigie.core.errors import ProblemError
from vigie.reconcile.declaration import Declaration, Inputs, ServerName
from vigie.reconcile.hold import Hold
from vigie.reconcile.problem import Problem

RULE_FILES = "rule files"
PACKAGES = ("alerting.declarations", "dashboards.declarations", "integrations.declarations")


@cache
def find_declarations() -> tuple[Declaration, ...]:
    """Return one object of each declaration, in the order of packages and file names.

    Raises TypeError that names a module without exactly one declaration.
    """
    return tuple(_declaration(module)() for package in PACKAGES if _exists(package) for module in _modules(package))


def merge_rule_files(inputs: Inputs) -> dict[str, str]:
    """Return all rule files by name; raises ProblemError when two declarations make the same one."""
    parts = {declaration.name: declaration.rule_files(inputs) for declaration in find_read_declarations(inputs)}
    return _merge(parts, RULE_FILES, inputs.hold)


def merge_grafana_objects(inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Return all objects by resource and key; raises ProblemError when two declarations make the same one."""
    return {resource: _merge(parts, resource, inputs.hold) for resource, parts in _grafana_parts(inputs).items()}


def find_read_declarations(inputs: Inputs) -> list[Declaration]:
    """Return the declarations that do not wait as a whole."""
    return [declaration for declaration in find_declarations() if declaration.name not in inputs.hold.declarations]


def find_twins(inputs: Inputs, servers: Collection[ServerName]) -> list[tuple[str, str, str]]:
    """Return (resource, key, sentence) of each object that two declarations make."""
    made: dict[str, dict[str, Mapping[str, Any]]] = {}
    if "prometheus" in servers:
        made[RULE_FILES] = {part.name: part.rule_files(inputs) for part in find_read_declarations(inputs)}
    if "grafana" in servers:
        made |= _grafana_parts(inputs)
    return [
        (resource, key, f"it is made of {' and of '.join(makers)}: expected one of them")
        for resource, parts in made.items()
        for key, makers in _list_makers(parts).items()
        if len(makers) > 1
    ]


def find_unread_files(site: Path, declarations: Iterable[Declaration]) -> list[Problem]:
    """Return a problem for each file of the site folder that no declaration reads, as a misspelled name would be."""
    everything = list(declarations)
    read = {path for declaration in everything for path in declaration.files_of(site)}
    patterns = sorted(pattern for declaration in everything for pattern in declaration.site_files)
    unread = (path.relative_to(site) for path in sorted(site.rglob("*")) if path.is_file() and path not in read)
    return [
        Problem(str(path), "file", f"nothing reads it: expected {_expected(path, patterns)}")
        for path in unread
        if not _is_ignored(path)
    ]


def _expected(path: Path, patterns: list[str]) -> str:
    """Return what its folder may hold, else the names that are like its own, else all that is read."""
    beside = [pattern for pattern in patterns if "/" in pattern and Path(pattern).parent == path.parent]
    likely = beside or difflib.get_close_matches(str(path), patterns, 2)
    return " or ".join(likely) if likely else f"one of {', '.join(patterns)}"


def _is_ignored(path: Path) -> bool:
    """Tell whether editors, Python or version control left it there, or it is a README."""
    hidden = any(part.startswith(".") or part == "__pycache__" or part.endswith("~") for part in path.parts)
    return hidden or path.stem.upper() in {"README", "LICENSE"}


def _grafana_parts(inputs: Inputs) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return for each resource what each declaration makes of it."""
    parts = {part.name: part.grafana_objects(inputs) for part in find_read_declarations(inputs)}
    resources = sorted({resource for objects in parts.values() for resource in objects})
    return {resource: {name: objects.get(resource, {}) for name, objects in parts.items()} for resource in resources}


def _list_makers(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    makers: dict[str, list[str]] = {}
    for name, objects in parts.items():
        for key in objects:
            makers.setdefault(key, []).append(name)
    return makers


def _merge(parts: Mapping[str, Mapping[str, Any]], what: str, hold: Hold) -> dict[str, Any]:
    """Return what all of them make and what does not wait; raises ProblemError when two make the same."""
    for key, makers in _list_makers(parts).items():
        if len(makers) > 1 and not hold.covers(what, key):
            raise ProblemError(f"{what}: {key} is made of {makers[0]} and of {makers[1]}: expected one of them")
    objects = {key: value for made in parts.values() for key, value in made.items()}
    return {key: value for key, value in objects.items() if not hold.covers(what, key)}


def _exists(package: str) -> bool:
    part = package.partition(".")[0]
    return importlib.util.find_spec(part) is not None and importlib.util.find_spec(package) is not None


def _modules(package: str) -> Iterator[str]:
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        yield module.name


def _declaration(name: str) -> type[Declaration]:
    module = importlib.import_module(name)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Declaration) and value.__module__ == name
    ]
    if len(classes) != 1:
        raise TypeError(f"{name}: expected exactly one Declaration, and found {len(classes)}")
    return classes[0]
