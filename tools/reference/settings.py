"""The pages of settings: every section of the configuration file, and every collector's switch and options."""

import functools
import importlib
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, get_args, get_origin

import msgspec

from exporter.registry import find_collectors
from tools.reference.commands import walk
from tools.reference.markdown import code, page, table
from vigie.command import cli
from vigie.config_command import SECTIONS
from vigie.core.settings import Common, Field, fields

HEADER = ("setting", "flag", "environment", "type", "default", "what it does")
UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
INTRO = """\
Each setting may stand in three places. The first that has it counts: the flag, the environment variable, the YAML file
(`--config FILE`, or `VIGIE_CONFIG`). Then the stack of `vigie up` that runs here supplies addresses, then the default
holds. A cell with `none` means: not there. Secrets have no flag, because every user of a machine can read arguments.
A period is written like `10s` or `1h30m`. A list is repeated as a flag, and separated by commas in the environment.
[Configure](../how-to/configure.md) explains it with examples; `vigie config check FILE` checks a whole file.

The settings of collectors are in [Settings of collectors](collector-settings.md)."""

COLLECTOR_INTRO = """\
`--collector.NAME` switches a collector on, `--no-collector.NAME` off. The key in the section `exporter:` of the YAML
file is the flag without its dashes. [Collectors](collectors.md) tells what each measures."""


def settings_page() -> str:
    """Return the page of all settings but those of collectors."""
    parts = [INTRO, "## Shared by all programs", "They stand at the top level of the file.", section_table("", Common)]
    for name, kind in section_types():
        parts += [f"## {name}", f"Section `{name}:` of the file.", section_table(name, kind)]
    return page("Settings", *parts)


def collector_page() -> str:
    """Return the page of every collector's switch and options."""
    kind = dict(section_types())["exporter"]
    by_name = {field.name: (field, default) for field, default in with_defaults(kind)}
    parts = [COLLECTOR_INTRO]
    for name, collector in find_collectors().items():
        state = "On" if collector.enabled_by_default else "Off"
        parts.append(f"## {name}\n\n{state} by default: {code(f'--collector.{name}')}.")
        options = [
            by_name[f"collector_{name}_{option.name}"] for option in msgspec.structs.fields(collector.options_type)
        ]
        if options:
            parts.append(table(HEADER, (row("exporter", field, default) for field, default in options)))
    return page("Settings of collectors", *parts)


def section_types() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Yield the name of each section and the type of its settings."""
    for name, place in SECTIONS.items():
        module, _, member = place.partition(":")
        yield name, getattr(importlib.import_module(module), member)


def section_table(section: str, kind: type[msgspec.Struct]) -> str:
    """Return the table of a section's settings."""
    chosen = [pair for pair in with_defaults(kind) if section != "exporter" or pair[0].name not in of_collectors()]
    return table(HEADER, (row(section, field, default) for field, default in chosen))


@functools.cache
def of_collectors() -> frozenset[str]:
    """Return the names of the exporter's settings that are a collector's switch or one of its options."""
    return frozenset(
        f"collector_{name}{end}"
        for name, kind in find_collectors().items()
        for end in ("", *(f"_{option.name}" for option in msgspec.structs.fields(kind.options_type)))
    )


def with_defaults(kind: type[msgspec.Struct]) -> Iterator[tuple[Field, Any]]:
    """Yield each setting with its default, `msgspec.NODEFAULT` where there is none."""
    defaults: dict[str, Any] = {}
    for member in msgspec.structs.fields(kind):
        default = member.default
        if default is msgspec.NODEFAULT and member.default_factory is not msgspec.NODEFAULT:
            default = member.default_factory()
        defaults[member.name] = default
    for field in fields(kind):
        value = getattr(defaults[field.group], field.name.removeprefix(f"{field.group}_")) if field.group else None
        yield field, value if field.group else defaults[field.name]


def row(section: str, field: Field, default: Any) -> tuple[str, ...]:
    """Return the row of one setting."""
    prefix = f"VIGIE_{section.upper()}_" if section else "VIGIE_"
    flag = code(field.flag) if field.flag in known_flags() else "none"
    return (
        code(field.key),
        flag,
        code(prefix + field.name.upper()),
        type_of(field),
        shown(field, default),
        field.help,
    )


@functools.cache
def known_flags() -> frozenset[str]:
    """Return every flag that some command takes; a setting without one stands in the file or the environment."""
    options = (option for _, command in walk(cli, ("vigie",)) for option in command.params)
    return frozenset(name for option in options for name in option.opts)


def type_of(field: Field) -> str:
    """Return the type of a setting in a word or two."""
    if field.choices:
        return " or ".join(code(choice) for choice in field.choices)
    word = "switch" if field.is_bool else "period" if field.is_duration else _scalar(field.type)
    return f"list of {word}" if field.is_list else word


def _scalar(kind: Any) -> str:
    for part in _flatten(kind):
        if isinstance(part, type) and issubclass(part, PurePath):
            return "path"
        if isinstance(part, type) and issubclass(part, (bool, int, float)):
            return {bool: "switch", int: "whole number", float: "number"}.get(part, "number")
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return "mapping"
    return "text"


def _flatten(kind: Any) -> Iterable[Any]:
    if get_origin(kind) is None:
        return [kind]
    return [part for argument in get_args(kind) for part in _flatten(argument)]


def shown(field: Field, default: Any) -> str:
    """Return a default as one would write it; `none` for none."""
    if default in (None, (), "") or default is msgspec.NODEFAULT:
        return "none"
    if isinstance(default, bool):
        return "on" if default else "off"
    if field.is_duration and isinstance(default, (int, float)):
        return code(period(default))
    if isinstance(default, (tuple, list, frozenset)):
        return ", ".join(code(part) for part in default)
    return code(default)


def period(seconds: float) -> str:
    """Return a period in its largest whole unit: 900 is 15m."""
    for size, unit in UNITS:
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"
