"""Reads the runbooks and the alerting rules, of vigie and of the site folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from alerting.rules import integrations, layers
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.core.site_folder import within


def runbook_paths(site: Path | None) -> dict[str, Path]:
    """Return the runbooks by alert, those of the site folder over ours, and integrations' pages of set-up."""
    return {**integrations.list_setups(site), **integrations.list_runbooks(site)}


def alert_rules(site: Path | None) -> dict[str, Mapping[str, Any]]:
    """Return the alerts that rule files declare, by name; raise UsageProblemError for a file that is none."""
    rule_by_alert: dict[str, Mapping[str, Any]] = {}
    for path, text in layers.load(
        builtin("alerting", "rules"), within(site, "rules"), integrations=integrations.list_rule_files(site)
    ).values():
        try:
            document = yaml.safe_load(text) or {}
            rules = [rule for group in document.get("groups") or () for rule in group.get("rules") or ()]
            rule_by_alert.update({rule["alert"]: rule for rule in rules if "alert" in rule})
        except (yaml.YAMLError, AttributeError, TypeError, OSError) as error:
            raise UsageProblemError(f"{path}: expected a rule file: {error}") from error
    return rule_by_alert
