"""Reads `routes.yml` and `downtimes.yml`; an error names file, line and reason."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from alerting.routes.checks import check, check_downtimes
from alerting.routes.downtimes import Downtime
from alerting.routes.model import Routes
from vigie.core.errors import UsageProblemError
from vigie.core.yaml_file import YamlFile
from vigie.core.yaml_file import read as read_yaml

T = TypeVar("T")


def read_routes(path: Path) -> Routes:
    """Return the routes of a file; raises UsageProblemError that names file, line and what was expected."""
    file = read_yaml(path)
    routes = _convert(file, Routes)
    problems = list(check(routes, path.name, file))
    if problems:
        raise UsageProblemError("; ".join(str(problem) for problem in problems))
    return routes


def read_downtimes(path: Path) -> dict[str, Downtime]:
    """Return the recurring downtimes by name; raises UsageProblemError as `read_routes` does."""
    file = read_yaml(path)
    downtimes = _convert(file, dict[str, Downtime]) if file.document is not None else {}
    problems = list(check_downtimes(downtimes, path.name, file))
    if problems:
        raise UsageProblemError("; ".join(str(problem) for problem in problems))
    return downtimes


def _convert(file: YamlFile, kind: type[T]) -> T:
    try:
        return msgspec.convert(file.document, kind)
    except msgspec.ValidationError as error:
        place = _find_fault(file.document, kind)
        where = f"{'.'.join(place)} (line {file.line(place)}): " if place else ""
        raise UsageProblemError(f"{file.path}: {where}{error}") from error


def _find_fault(document: Any, kind: Any) -> tuple[str, ...]:
    """Return the path to the first member that is wrong by itself: msgspec does not name the keys of mappings."""
    if not isinstance(document, Mapping):
        return ()
    for key, value in document.items():
        for inner in _member_types(kind, str(key)):
            try:
                msgspec.convert(value, inner)
            except msgspec.ValidationError:
                return (str(key), *_find_fault(value, inner))
    return ()


def _member_types(kind: Any, key: str) -> Iterator[Any]:
    """Yield the type that the member `key` of `kind` should have; none when it is unknown or no mapping."""
    info = msgspec.inspect.type_info(kind)
    if isinstance(info, msgspec.inspect.DictType):
        yield kind.__args__[1]
    elif isinstance(info, msgspec.inspect.StructType):
        for field in msgspec.structs.fields(info.cls):
            if field.encode_name == key:
                yield field.type
    elif isinstance(info, msgspec.inspect.UnionType):
        yield from (
            inner for member in kind.__args__ if member is not type(None) for inner in _member_types(member, key)
        )
