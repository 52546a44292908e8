"""What an objective's file says, read and checked; an error names file and line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.core.promql import expression as promql
from vigie.core.promql.catalogue import Catalogue
from vigie.core.site_folder import overlay, within
from vigie.core.yaml_file import YamlFile, read
from vigie.reconcile.problem import Problem

FOLDER = builtin("alerting", "slo")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
EXPRESSIONS = ("good", "total", "error_ratio")


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An objective: how much of what is counted must be good, over which time.

    Counted are either `good` of `total`, with equal labels and as rates where they are counters, or an `error_ratio`
    from 0 to 1. `severity` is that of a fast burn.
    """

    description: Annotated[str, Meta(min_length=1)]
    objective_percent: Annotated[float, Meta(gt=0, lt=100)]
    window_days: Annotated[int, Meta(ge=1, le=90)] = 30
    good: str | None = None
    total: str | None = None
    error_ratio: str | None = None
    team: Annotated[str, Meta(min_length=1)] | None = None
    severity: Literal["critical", "warning"] = "critical"


def load(site: Path | None) -> dict[str, Spec]:
    """Return all objectives by name, those of the site folder over ours; raises UsageProblemError.

    An empty file is none: that is how the site folder takes one of ours away.
    """
    files = overlay(FOLDER, within(site, "slo"), "*.yml")
    specs = {path.stem: _spec(path, read(path)) for path in files.values()}
    return {name: spec for name, spec in specs.items() if spec is not None}


def problems(site: Path | None, catalogue: Catalogue) -> list[Problem]:
    """Return what is wrong with the files and their queries, as the linter shows it."""
    try:
        specs = load(site)
    except UsageProblemError as error:
        return [Problem("slo", "file", str(error))]
    return [
        Problem(f"slo/{name}.yml", place, sentence)
        for name, spec in specs.items()
        for place, sentence in _faults(spec, catalogue)
    ]


def _spec(path: Path, file: YamlFile) -> Spec | None:
    if file.document is None:
        return None
    if not NAME.fullmatch(path.stem):
        raise file.problem((), f"{path.stem!r} is no name: expected small letters, digits and dashes")
    try:
        spec = msgspec.convert(file.document, Spec)
    except msgspec.ValidationError as error:
        raise file.problem(_place(file, str(error)), str(error)) from error
    given = tuple(name for name in EXPRESSIONS if getattr(spec, name) is not None)
    if given not in {("good", "total"), ("error_ratio",)}:
        raise file.problem((given[0],) if given else (), "expected either good and total, or error_ratio alone")
    return spec


def _place(file: YamlFile, error: str) -> tuple[str, ...]:
    """Return the member that an error of msgspec speaks of: `… - at `$.name``, or an unknown field `name`."""
    named = re.search(r"at `\$\.(\w+)|unknown field `([^`]*)", error)
    return (named[1] or named[2],) if named and isinstance(file.document, dict) else ()


def _faults(spec: Spec, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for name in EXPRESSIONS:
        expression = getattr(spec, name)
        if expression is not None:
            faults = promql.check(expression, catalogue)
            yield from ((name, sentence) for sentence in faults or promql.check_host_and_dc(expression))
    if spec.good is not None and spec.total is not None:
        yield from (("good", sentence) for sentence in promql.check_equal_labels(spec.good, spec.total))
