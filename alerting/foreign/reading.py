"""Reads rule files of others: Prometheus's own form, and the PrometheusRule of its operator for Kubernetes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from vigie.core.errors import UsageProblemError
from vigie.core.site_folder import within

PATTERNS = ("*.yml", "*.yaml", "*.rules")
FOLDER = "foreign"
# What Thanos and the operator read, and Prometheus refuses.
NOT_PROMETHEUS = frozenset({"partial_response_strategy"})


class RuleFile(NamedTuple):
    """A file's name below the folder, its groups as Prometheus takes them, and whether its text may stay as it is."""

    path: Path
    name: str
    groups: list[dict[str, Any]]
    is_plain: bool


def find_files(site: Path | None) -> dict[str, Path]:
    """Return the rule files of others in the site folder, also those in folders, by their names below it."""
    folder = within(within(site, "rules"), FOLDER)
    if folder is None:
        return {}
    paths = {path for pattern in PATTERNS for path in folder.rglob(pattern) if path.is_file()}
    return {path.relative_to(folder).as_posix(): path for path in sorted(paths)}


def read_file(name: str, path: Path) -> RuleFile:
    """Return the groups of a file; raises UsageProblemError with what is wrong in it.

    A file without rules has no groups: somebody has switched it off.
    """
    try:
        documents = [document for document in yaml.safe_load_all(path.read_text()) if document is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UsageProblemError(f"{path}: expected a readable YAML file: {error}") from error
    parts = [_groups_of(path, document) for document in documents]
    is_plain = len(documents) == 1 and parts == [documents[0].get("groups")]
    groups = [group for part in parts for group in part if group["rules"]]
    return RuleFile(path, name, groups, is_plain)


def _groups_of(path: Path, document: Any) -> list[dict[str, Any]]:
    """Return the groups of one YAML document, without what only Kubernetes reads."""
    outer = document.get("spec", document) if isinstance(document, dict) else None
    groups = outer.get("groups") if isinstance(outer, dict) else None
    if not isinstance(outer, dict) or "groups" not in outer:
        raise UsageProblemError(f"{path}: expected `groups:`, or a PrometheusRule with `spec: groups:`")
    return [_group(path, index, group) for index, group in enumerate(groups or ())]


def _group(path: Path, index: int, group: Any) -> dict[str, Any]:
    if not isinstance(group, dict) or not isinstance(group.get("name"), str):
        raise UsageProblemError(f"{path}: group {index + 1}: expected a name")
    rules = group.get("rules") or []
    if not isinstance(rules, list):
        raise UsageProblemError(f"{path}: group {group['name']}: expected a list of rules")
    for number, rule in enumerate(rules, 1):
        if not isinstance(rule, dict) or "expr" not in rule or not ("alert" in rule or "record" in rule):
            raise UsageProblemError(
                f"{path}: group {group['name']}: rule {number}: expected `alert` or `record`, and `expr`"
            )
        for name in ("labels", "annotations"):
            if not isinstance(rule.get(name) or {}, dict):
                raise UsageProblemError(
                    f"{path}: group {group['name']}: rule {number}: {name}: expected names with values"
                )
    return {name: value for name, value in group.items() if name not in NOT_PROMETHEUS} | {"rules": rules}


def list_rules(groups: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each rule of some groups."""
    for group in groups:
        yield from group["rules"]
