"""The command `vigie config check`: judges a whole configuration file, all sections at once."""

import difflib
import importlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, Field, fields, load
from vigie.core.yaml_file import Place, YamlFile, read

# Where the settings of each section are; imported only here, because a program reads its own section alone.
SECTIONS = {
    "alerting": "alerting.delivery.settings:Settings",
    "console": "vigie.console.data.settings:Settings",
    "discovery": "discovery.settings:Settings",
    "doctor": "vigie.doctor.settings:Settings",
    "exporter": "exporter.command:SETTINGS",
    "provision": "vigie.provision.settings:Settings",
    "render": "vigie.stack.rendering.settings:Settings",
    "up": "vigie.stack.settings:Settings",
    "usage": "vigie.console.usage.settings:Settings",
}


@click.group()
def config() -> None:
    """Check configuration files."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def check(context: click.Context, file: Path) -> None:
    """Check every section of FILE; prints a line for each problem and exits with 64 when there is one.

    The environment and flags are left out: they may set what the file lacks, and override what it says.
    """
    problems = list(find_problems(file))
    for problem in problems:
        click.echo(problem)
    if problems:
        context.exit(UsageProblemError.exit_code)
    click.echo(f"{file} is fine")


def find_problems(file: Path) -> Iterator[str]:
    """Yield a sentence for each problem: file, line, path in the file, and what was expected."""
    try:
        document = read(file)
    except UsageProblemError as error:
        yield str(error)
        return
    if document.document is None:
        return
    if not isinstance(document.document, dict):
        yield str(document.problem((), "expected a mapping of settings and sections"))
        return
    top = {field.key: field for field in fields(Common)}
    for key, value in document.document.items():
        if key in SECTIONS:
            yield from _check_section(document, key, value)
        elif key in top:
            yield from _check_value(document, (key,), "", Common, top[key], value)
        else:
            yield _unknown(document, (str(key),), {*top, *SECTIONS})


def _check_section(document: YamlFile, section: str, values: Any) -> Iterator[str]:
    if values is None:
        return
    if not isinstance(values, Mapping):
        yield str(document.problem((section,), "expected a mapping of settings"))
        return
    module, _, name = SECTIONS[section].partition(":")
    kind = getattr(importlib.import_module(module), name)
    settings = {field.key: field for field in fields(kind)}
    for key, value in values.items():
        if key in settings:
            yield from _check_value(document, (section, key), section, kind, settings[key], value)
        else:
            yield _unknown(document, (section, str(key)), settings)


def _check_value(
    document: YamlFile, place: Place, section: str, kind: type[msgspec.Struct], field: Field, value: Any
) -> Iterator[str]:
    """Yield what is wrong with one value: it is converted as a flag of this value would be."""
    if value is None:
        try:
            msgspec.convert(None, field.type)
        except msgspec.ValidationError as error:
            yield str(document.problem(place, f"{error}, and found no value"))
        return
    try:
        load(section, kind, {field.name: value}, {})
    except UsageProblemError as error:
        shown = "the value" if field.secret else repr(value)
        yield str(document.problem(place, f"{shown} is not right: {_reason(field, error.__cause__ or error)}"))


def _reason(field: Field, error: BaseException) -> str:
    if field.choices:
        return f"expected one of {', '.join(field.choices)}"
    is_no_duration = field.is_duration and not isinstance(error, msgspec.ValidationError)
    return "expected a duration such as 500ms, 90s or 1h30m" if is_no_duration else str(error)


def _unknown(document: YamlFile, place: tuple[str, ...], names: Collection[str]) -> str:
    close = difflib.get_close_matches(place[-1], sorted(names), 1)
    expected = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(sorted(names))}"
    return str(document.problem(place, f"is not a setting; {expected}"))
