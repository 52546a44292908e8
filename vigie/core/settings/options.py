"""Options of commands, made of settings types."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from vigie.core import running_stack
from vigie.core.settings.common import Common
from vigie.core.settings.fields import Field, fields
from vigie.core.settings.load import FILE_VARIABLE


def options(
    kind: type[msgspec.Struct], common: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a click command with an option for each setting of `kind`, of `common` in `Common`, and `--config`.

    `common` names members of `Common`: `prometheus` stands for all settings of that server. Logging comes always,
    secrets never: arguments can be read by every user of the machine.
    """
    chosen = {*common, "log_format", "log_level"}
    declared = [*fields(kind), *(field for field in fields(Common) if chosen & {field.name, field.group})]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for field in reversed(declared):
            if field.has_option and not field.secret:
                flag = f"{field.flag}/--no-{field.flag[2:]}" if field.is_bool else field.flag
                function = click.option(
                    flag, field.name, default=None, multiple=field.is_list, help=field.help, metavar=_metavar(field)
                )(function)
        function = running_stack.option(common)(function)
        help_text = f"YAML file with settings (or {FILE_VARIABLE})."
        return click.option("--config", "config", type=click.Path(path_type=Path), help=help_text)(function)

    return decorate


def _metavar(field: Field) -> str | None:
    if field.is_bool:
        return None
    return "DURATION" if field.is_duration else field.name.rpartition("_")[2].upper()
