"""The rule files that hold: ours and those of integrations, the site folder's over them, and what it changes in ours.

`integrations` are the rule files of integrations by the name that each has among all.
"""

from collections.abc import Container, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from alerting.rules import overrides
from alerting.rules.integrations import OURS
from alerting.rules.overrides import Overrides
from alerting.rules.recording import dump_groups
from vigie.core.errors import UsageProblemError
from vigie.core.site_folder import overlay

NONE: Mapping[str, Path] = MappingProxyType({})


class RuleText(NamedTuple):
    """A rule file, and what it says after all overrides."""

    path: Path
    text: str


def list_paths(folder: Path, over: Path | None, integrations: Mapping[str, Path] = NONE) -> dict[str, Path]:
    """Return the rule files by name: those of `over` win."""
    paths = {**overlay(folder, None, "*.yml"), **integrations, **(overlay(over, None, "*.yml") if over else {})}
    return {name: path for name, path in sorted(paths.items()) if name != overrides.FILE}


def is_ours(path: Path, folder: Path) -> bool:
    """Tell whether a rule file is one that vigie brings, in `folder` or in an integration's."""
    return path.parent == folder or OURS in path.parents


def load(
    folder: Path,
    over: Path | None,
    without: Container[Path] = frozenset(),
    integrations: Mapping[str, Path] = NONE,
) -> dict[str, RuleText]:
    """Return the rule files by name, with what is changed; raises UsageProblemError for what is wrong.

    Those of `without` are not read, the overrides neither.
    """
    paths = {name: path for name, path in list_paths(folder, over, integrations).items() if path not in without}
    is_changed = over is None or over / overrides.FILE not in without
    changes = load_overrides(folder, paths, over) if is_changed else {}
    texts = {name: read_text(path) for name, path in paths.items()}
    ours = {name: override_text(texts[name], changes) for name, path in paths.items() if is_ours(path, folder)}
    return {name: RuleText(path, ours.get(name, texts[name])) for name, path in paths.items()}


def load_overrides(folder: Path, paths: Mapping[str, Path], over: Path | None) -> Overrides:
    """Return the overrides of the alerts in those files that are ours; raises UsageProblemError."""
    return overrides.load(over, [path for path in paths.values() if is_ours(path, folder)])


def override_text(text: str, changes: Overrides) -> str:
    """Return a rule file with its alerts changed or left out; it stays as it is when it has none of them."""
    if not any(name in text for name in changes):
        return text
    groups = list_groups(text)
    if not any(rule.get("alert") in changes for group in groups for rule in group["rules"]):
        return text
    changed = [{**group, "rules": _override_rules(group["rules"], changes)} for group in groups]
    return dump_groups([group for group in changed if group["rules"]])


def read_text(path: Path) -> str:
    """Return a file's text; raises UsageProblemError when it can't be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblemError(f"{path}: expected a readable YAML file: {error}") from error


def list_groups(text: str) -> list[dict[str, Any]]:
    """Return the groups of a rule file that have rules; none of a file of comments."""
    document = yaml.safe_load(text)
    groups = document.get("groups") if isinstance(document, dict) else None
    return [group for group in groups or () if isinstance(group, dict) and group.get("rules")]


def _override_rules(rules: list[dict[str, Any]], changes: Overrides) -> list[dict[str, Any]]:
    kept = [rule for rule in rules if changes.get(str(rule.get("alert")), ()) is not None]
    overridden = [(rule, changes.get(str(rule.get("alert")))) for rule in kept]
    return [overrides.change(rule, override) if override else rule for rule, override in overridden]
