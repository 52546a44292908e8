"""Renders the budgets as recording rules: `vigie:budget_series`, with the very labels of `vigie:usage_series`.

A budget is the usage times zero plus a number, so that it is there for what is there, whatever other labels that has,
and alert and board compare the two without a join.
"""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from alerting.budgets.budgets import DEFAULT, SCOPES, Budgets, load

NAME = "vigie-budgets.yml"
HEADER = "# Written by `vigie provision apply` from budgets.yml; changes made here are overwritten.\n"
RECORD = "vigie:budget_series"
# What RE2 reads as more than itself; `re.escape` would escape more than PromQL's strings allow.
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def files(site: Path | None) -> dict[str, str]:
    """Return the one rule file by its name in Prometheus's folder, none without budgets.

    Raises UsageProblemError for wrong budgets.
    """
    records = rules(load(site))
    if not records:
        return {}  # Prometheus would show no group of it
    group = {"name": "budgets", "interval": "20s", "rules": records}
    return {NAME: HEADER + yaml.safe_dump({"groups": [group]}, sort_keys=False, allow_unicode=True, width=120)}


def rules(budgets: Budgets) -> list[dict[str, Any]]:
    """Return a recording rule for each budget."""
    records = [_rule('scope="total"', budgets.total)] if budgets.total else []
    for scope in SCOPES:
        named = budgets.of_scope(scope)
        others = [name for name in named if name != DEFAULT]
        records += [_rule(f'scope="{scope}", {scope}={_quote(name)}', named[name]) for name in others]
        if DEFAULT in named:
            matcher = f", {scope}!~{_quote('|'.join(_escape(name) for name in others))}" if others else ""
            records.append(_rule(f'scope="{scope}"{matcher}', named[DEFAULT]))
    return records


def _rule(matchers: str, series: int) -> dict[str, Any]:
    return {"record": RECORD, "expr": f"vigie:usage_series{{{matchers}}} * 0 + {series}"}


def _escape(name: str) -> str:
    return SPECIAL.sub(lambda match: "\\" + match[0], name)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
