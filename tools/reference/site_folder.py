"""The page of the site folder's files: their keys, types and defaults, from the types that read them."""

import inspect
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import msgspec

from alerting.budgets.budgets import Budgets
from alerting.routes.downtimes import Downtime
from alerting.routes.model import Part, Routes
from alerting.rules.limited_alerts import THRESHOLDS
from alerting.rules.overrides import Override
from alerting.slo.spec import Spec
from alerting.thresholds.reading import Entry
from alerting.tools.amtool import Case
from tools.reference.markdown import code, page, table

INTRO = """\
The site folder (`--site`, else `./site`) holds what an operator adds. It is laid over what vigie brings, by file name.
What nothing reads is a problem that `vigie lint` names. [Provisioning](../how-to/provisioning.md) tells how it is used.

| file | what it is |
|---|---|
| `boards/NAME.py`, `boards/NAME.json`, `boards/FOLDER/NAME.json` | boards: Python with `build()`, or Grafana's JSON |
| `rules/NAME.yml` | rule files of Prometheus; each alert needs a runbook and a test |
| `rules/overrides.yml` | alerts of ours that are switched off, or changed in a line |
| `runbooks/ALERT.md` | the runbook of an alert |
| `NAME.test.yml` in `tests` | tests of rules, for promtool |
| `catalogue/NAME.txt` | your own metrics, `name type` on a line, so that `vigie lint` knows them |
| `integrations/NAME/` | integrations of your own: manifest, rules, tests, runbooks, board, metrics, set-up |
| `thresholds.yml`, `budgets.yml`, `routes.yml`, `routes.test.yml`, `downtimes.yml`, `slo/NAME.yml` | see below |"""
FILES: tuple[tuple[str, str, type[msgspec.Struct]], ...] = (
    ("thresholds.yml", "Alerts by name, each with a list of limits.", Entry),
    ("rules/overrides.yml", "Alerts of ours by name, each `off` or with what changes.", Override),
    ("budgets.yml", "How many series each may have.", Budgets),
    ("routes.yml", "Who hears of which alert.", Routes),
    ("routes.test.yml", "A list of cases, sent through the routes before they are put in place.", Case),
    ("downtimes.yml", "Recurring downtimes by name.", Downtime),
    ("slo/NAME.yml", "One objective; its name is the file's.", Spec),
)


def site_page() -> str:
    """Return the page of all files of the site folder."""
    parts = [INTRO]
    for name, text, kind in FILES:
        parts += [f"## {name}", text, struct_table(kind)]
        parts += [f"### {inner.__name__}\n\n{about(inner)}\n\n{struct_table(inner)}" for inner in below(kind)]
    rows = (
        (name, unit.name, f"{unit.most:g}", ", ".join(map(code, items.dimensions)))
        for name, (unit, items) in sorted(THRESHOLDS.items())
    )
    limits = table(("alert", "its number is in", "at most", "labels that take patterns"), rows)
    return page("Files of the site folder", *parts, "## Alerts that take a limit", limits)


def about(kind: type[msgspec.Struct]) -> str:
    """Return what a type says of itself."""
    return (inspect.getdoc(kind) or "").split("\n\n", maxsplit=1)[0]


def struct_table(kind: type[msgspec.Struct]) -> str:
    """Return the table of a type's keys."""
    rows = (
        (code(field.encode_name), type_name(field.type), default_of(field)) for field in msgspec.structs.fields(kind)
    )
    return table(("key", "type", "default"), rows)


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """Return a key's default, "required" when it has none."""
    if field.required:
        return "required"
    empty = field.default in (None, ()) or field.default is msgspec.NODEFAULT
    return "none" if empty else code(field.default)


def type_name(kind: Any) -> str:
    """Return a type in words."""
    origin, arguments = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        return type_name(arguments[0])
    if origin is Literal:
        return " or ".join(code(argument) for argument in arguments)
    if origin in (tuple, list):
        return f"list of {type_name(arguments[0])}"
    if origin is dict:
        return f"mapping of names to {type_name(arguments[1])}"
    if arguments:
        return " or ".join(dict.fromkeys(type_name(part) for part in arguments if part is not type(None)))
    words = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}
    return words.get(kind, f"a {code(kind.__name__)}")


def below(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Yield the types of what a file holds, each once."""
    seen: dict[type[msgspec.Struct], None] = {}
    waiting = [kind]
    while waiting:
        for field in msgspec.structs.fields(waiting.pop(0)):
            inner = [part for part in parts_of(field.type) if part not in seen]
            seen |= dict.fromkeys(inner)
            waiting += inner
    yield from seen


def parts_of(kind: Any) -> Iterator[type[Part]]:
    """Yield the types of ours within a type."""
    if isinstance(kind, type) and issubclass(kind, Part):
        yield kind
    for argument in get_args(kind):
        yield from parts_of(argument)
