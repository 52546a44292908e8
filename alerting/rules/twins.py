"""Finds what two rules give the same name: alerts of two files, and recordings of one name with equal labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from alerting.rules import layers
from alerting.rules.integrations import list_rule_files
from vigie.core.errors import UsageProblemError
from vigie.core.site_folder import within

Key = tuple[str, str, frozenset[tuple[str, str]]]


class Source(NamedTuple):
    """A rule file as people know it, and its groups."""

    file: str
    groups: Sequence[Mapping[str, Any]]


class Twin(NamedTuple):
    """The file that says it once more, the name, and where it is said first."""

    file: str
    name: str
    sentence: str


def find(sources: Iterable[Source]) -> Iterator[Twin]:
    """Yield each name that is given again; the file that comes first is in the right.

    One alert may stand twice in one file, with another severity each; a recording may not.
    """
    first: dict[Key, str] = {}
    for source in sources:
        told: set[Key] = set()
        seen: set[Key] = set()
        for key in (key for group in source.groups for rule in group["rules"] if (key := _key(rule))):
            other = first.setdefault(key, source.file)
            is_twin = other != source.file or (key in seen and key[0] == "record")
            if is_twin and key not in told:
                told.add(key)
                yield Twin(source.file, key[1], _sentence(key[0], source.file, other))
            seen.add(key)


def read_house_files(folder: Path, site: Path | None) -> list[Source]:
    """Return our rule files, those of integrations, and those of a site over them.

    None while one of them can't be read, which lint tells.
    """
    try:
        files = layers.load(folder, within(site, "rules"), integrations=list_rule_files(site))
        return [Source(name, layers.list_groups(file.text)) for name, file in files.items()]
    except (UsageProblemError, yaml.YAMLError):
        return []


def _key(rule: Any) -> Key | None:
    """Return what must be given once: an alert's name, or a recording's with the labels that it adds."""
    if isinstance(rule, dict) and "alert" in rule:
        return "alert", str(rule["alert"]), frozenset()
    labels = (rule.get("labels") or {}) if isinstance(rule, dict) and "record" in rule else None
    if not isinstance(labels, dict):
        return None
    return "record", str(rule["record"]), frozenset((str(name), str(value)) for name, value in labels.items())


def _sentence(sort: str, file: str, other: str) -> str:
    if file == other:
        return "it is recorded twice with the same labels: expected one of them, or a label that tells them apart"
    what = "this alert" if sort == "alert" else "this recording, with the same labels,"
    return f"{what} is also in {other}: expected it in one of them"
