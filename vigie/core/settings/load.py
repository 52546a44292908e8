"""Reads settings from flags, environment and YAML; anything unknown is refused."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from vigie.core import running_stack
from vigie.core.errors import UsageProblemError
from vigie.core.settings.common import Common
from vigie.core.settings.durations import parse_duration_seconds
from vigie.core.settings.fields import Field, build, fields

T = TypeVar("T", bound=msgspec.Struct)
FILE_VARIABLE = "VIGIE_CONFIG"
SECTIONS = (
    "alerting",
    "console",
    "discovery",
    "doctor",
    "exporter",
    "provision",
    "render",
    "up",
    "usage",
)


def load(
    section: str,
    kind: type[T],
    flags: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
) -> T:
    """Return the settings of `section` ("" for `Common`), each from its first source that has it.

    `flags` maps setting names to what click parsed (None or () when not given) and may hold `config`, the YAML file.
    Raises UsageProblemError that names the source, the setting and what was expected.
    """
    declared = {field.name: field for field in fields(kind)}
    values: dict[str, Any] = {}
    file = file_of(flags, environ)
    if file is not None:
        path = f"{section}." if section else ""
        by_key = {field.key: field for field in declared.values()}
        for key, raw in _file_section(file, section, set(by_key)).items():
            values[by_key[key].name] = _convert(by_key[key], raw, f"{file}: {path}{key}")
    for name, variable, raw in _environment(section, declared, environ):
        values[name] = _convert(declared[name], raw, f"environment variable {variable}")
    for name, field in declared.items():
        raw = flags.get(name)
        if raw is not None and raw != ():
            values[name] = _convert(field, raw, f"flag {field.flag}")
    for name, raw in running_stack.supply(section, set(values), flags, environ, file).items():
        if name in declared:
            values[name] = _convert(declared[name], raw, "the running stack")
    return build(kind, values)


def file_of(flags: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the YAML file that the flags or the environment name, None when neither does."""
    named = flags.get("config") or environ.get(FILE_VARIABLE)
    return Path(named) if named else None


def secret(value: str | None, file: Path | None) -> str | None:
    """Return a secret from the environment's `value`, else the stripped text of `file`, else None.

    Raises UsageProblemError when the file can't be read.
    """
    if value or file is None:
        return value
    try:
        return file.read_text().strip()
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a readable file that holds a secret: {error.strerror}") from error


def _convert(field: Field, raw: Any, source: str) -> Any:
    """Return `raw` as the field's type; periods may be written like `10m`, lists as one comma-separated string."""
    try:
        if field.is_duration and isinstance(raw, str):
            raw = parse_duration_seconds(raw)
        if field.is_list and not isinstance(raw, dict):
            texts = list(raw) if isinstance(raw, list | tuple | set | frozenset) else [raw]
            raw = [part for text in texts for part in (str(text).split(",") if isinstance(text, str) else [text])]
        return msgspec.convert(raw, field.type, strict=False, dec_hook=_decode)
    except (msgspec.ValidationError, ValueError) as error:
        shown = "the value" if field.secret else repr(raw)
        reason = f"expected one of {', '.join(field.choices)}" if field.choices else error
        raise UsageProblemError(f"{source}: {shown} is not right: {reason}") from error


def _decode(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, (str, Path)):
        return Path(value)
    raise NotImplementedError  # msgspec's own way to learn that a hook does not know a type


def _file_section(file: Path, section: str, expected: set[str]) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - the agent without a file does not pay for it

    try:
        document = yaml.safe_load(file.read_bytes()) or {}
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a readable YAML file: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise UsageProblemError(f"{file}: expected YAML: {error}") from error
    if not isinstance(document, dict):
        raise UsageProblemError(f"{file}: expected a mapping at the top")
    top = {field.name for field in fields(Common)}
    _refuse_unknown(document, top | set(SECTIONS), f"{file}: ")
    mine = {key: value for key, value in document.items() if key in top} if not section else document.get(section)
    if mine is None:
        return {}
    if not isinstance(mine, dict):
        raise UsageProblemError(f"{file}: {section}: expected a mapping")
    _refuse_unknown(mine, expected, f"{file}: {section}.")
    return mine


def _environment(
    section: str, declared: Mapping[str, Field], environ: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield (setting, variable, text) of `section`, after refusing every `VIGIE_` variable that nobody knows."""
    prefix = f"VIGIE_{section.upper()}_" if section else "VIGIE_"
    mine = {prefix + name.upper(): name for name in declared}
    common = {"VIGIE_" + field.name.upper() for field in fields(Common)} | {FILE_VARIABLE}
    others = tuple(f"VIGIE_{name.upper()}_" for name in SECTIONS if name != section)
    for variable in sorted(environ):
        if variable in mine:
            yield mine[variable], variable, environ[variable]
        elif variable.startswith("VIGIE_") and not variable.startswith(others) and variable not in common:
            expected = _nearest(variable, set(mine) | common)
            raise UsageProblemError(f"environment variable {variable} is not known; {expected}")


def _refuse_unknown(document: Mapping[Any, Any], expected: set[str], where: str) -> None:
    for key in document:
        if key not in expected:
            raise UsageProblemError(f"{where}{key} is not a setting; {_nearest(str(key), expected)}")


def _nearest(word: str, expected: set[str]) -> str:
    import difflib  # noqa: PLC0415 - needed for a mistake only

    close = difflib.get_close_matches(word, sorted(expected), 1)
    return f"did you mean {close[0]}?" if close else "expected one of " + ", ".join(sorted(expected))
