"""Finds all that is declared by walking the `declarations` folder of each part, and puts it together."""

import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vigie.core.errors import ProblemError
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.problem import Problem

PACKAGES = ("alerting.declarations", "dashboards.declarations", "integrations.declarations")


@cache
def find_declarations() -> tuple[Declaration, ...]:
    """Return one object of each declaration, in the order of packages and file names.

    Raises TypeError that names a module without exactly one declaration.
    """
    return tuple(_declaration(module)() for package in PACKAGES if _exists(package) for module in _modules(package))


def merge_rule_files(inputs: Inputs) -> dict[str, str]:
    """Return all rule files by name; raises ProblemError when two declarations make the same one."""
    return _merge(
        {declaration.name: declaration.rule_files(inputs) for declaration in find_declarations()}, "rule files"
    )


def merge_grafana_objects(inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Return all objects by resource and key; raises ProblemError when two declarations make the same one."""
    parts = {declaration.name: declaration.grafana_objects(inputs) for declaration in find_declarations()}
    resources = sorted({resource for objects in parts.values() for resource in objects})
    return {
        resource: _merge({name: objects.get(resource, {}) for name, objects in parts.items()}, resource)
        for resource in resources
    }


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


def _merge(parts: Mapping[str, Mapping[str, Any]], what: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    makers: dict[str, str] = {}
    for name, objects in parts.items():
        for key, value in objects.items():
            if key in merged:
                raise ProblemError(f"{what}: {key} is made of {makers[key]} and of {name}: expected one of them")
            merged[key], makers[key] = value, name
    return merged


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
