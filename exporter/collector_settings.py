"""The settings of the collectors: a switch for each, and its own options, beside the exporter's."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.supplies import Supplies
from exporter.settings import Settings, flag
from vigie.core.errors import UsageProblemError
from vigie.core.settings import fields

# Of the other collectors node_exporter takes both: a name must match the one and not the other.
EXCLUSIVE = frozenset({"diskstats", "filesystem", "netdev", "qdisc"})


def settings_type(collectors: Mapping[str, type[Collector]]) -> type[Settings]:
    """Return `Settings` with `--collector.<name>` and `--collector.<name>.<option>` for each collector."""
    setting_fields: list[tuple[str, Any, Any]] = []
    for name, kind in collectors.items():
        switch = flag(f"collector.{name}", f"Enable the {name} collector.")
        setting_fields.append((f"collector_{name}", Annotated[bool | None, switch], None))
        options = msgspec.structs.fields(kind.options_type)
        setting_fields += [
            (f"collector_{name}_{option.name}", _with_flag(name, option), option.default) for option in options
        ]
    kind_of_settings = msgspec.defstruct(
        "ExporterSettings", setting_fields, bases=(Settings,), frozen=True, forbid_unknown_fields=True, kw_only=True
    )
    assert issubclass(kind_of_settings, Settings)
    return kind_of_settings


def choose_enabled(settings: Settings, collectors: Mapping[str, type[Collector]]) -> dict[str, type[Collector]]:
    """Return the enabled collectors: those named, and the defaults unless they are disabled."""
    switched_on = {}
    for name, kind in collectors.items():
        switch = getattr(settings, f"collector_{name}")
        default = kind.enabled_by_default and not settings.collector_disable_defaults
        if default if switch is None else switch:
            switched_on[name] = kind
    return switched_on


def check_pairs(settings: Settings, collectors: Mapping[str, type[Collector]]) -> None:
    """Raise UsageProblemError when both of an include and an exclude are given that node_exporter takes one of."""
    for name, kind in collectors.items():
        options = {option.name: option for option in msgspec.structs.fields(kind.options_type)}
        for exclude in (option for option in options if option.endswith("_exclude") and name in EXCLUSIVE):
            include = exclude.removesuffix("_exclude") + "_include"
            pair = [f"collector_{name}_{option}" for option in (exclude, include)]
            values = [getattr(settings, setting, "") for setting in pair]
            if all(values) and values[0] != options[exclude].default:
                flags = " and ".join(find_flag(settings, setting) for setting in pair)
                raise UsageProblemError(f"{flags} are mutually exclusive: give one of them")


def make_collectors(
    supplies: Supplies, settings: Settings, collectors: Mapping[str, type[Collector]]
) -> dict[str, Collector]:
    """Return the collectors with their options; raise UsageProblemError for what is no regular expression."""
    check_pairs(settings, collectors)
    by_name = {}
    for name, kind in collectors.items():
        try:
            by_name[name] = supplies.make(kind, read_options(settings, name, kind.options_type))
        except re.error as error:
            culprit = _flag_with(settings, name, str(error.pattern))
            expected = "expected a regular expression that Python knows"
            raise UsageProblemError(f"{culprit} {error.pattern!r}: {expected}: {error.msg}") from error
    return by_name


def find_flag(settings: Settings, name: str) -> str:
    """Return the flag of the setting with that name."""
    return next(field.flag for field in fields(type(settings)) if field.name == name)


def _flag_with(settings: Settings, collector: str, pattern: str) -> str:
    """Return the flag of the collector's longest option that is in `pattern`, which may have anchors around it."""
    own = [field for field in fields(type(settings)) if field.name.startswith(f"collector_{collector}_")]
    texts = {field.flag: getattr(settings, field.name) for field in own}
    return max(texts, key=lambda flag: len(str(texts[flag])) if str(texts[flag]) in pattern else -1)


def read_options(settings: Settings, name: str, kind: type[Options]) -> Options:
    """Return the options of one collector."""
    return kind(**{
        option.name: getattr(settings, f"collector_{name}_{option.name}") for option in msgspec.structs.fields(kind)
    })  # fmt: skip


def _with_flag(collector: str, option: msgspec.structs.FieldInfo) -> Any:
    """Return the option's type with its flag, which it may have chosen itself."""
    name = f"collector.{collector}.{option.name.replace('_', '-')}"
    kind, *own = get_args(option.type) if get_origin(option.type) is Annotated else (option.type,)
    return Annotated[kind, msgspec.Meta(extra={"flag": f"--{name}"}), *own]
