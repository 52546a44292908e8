"""Makes the rule files that an evaluator gets from the native rules in `alerting/rules/`."""

import re
from collections.abc import Container
from pathlib import Path
from typing import Any

import yaml

from alerting.rules.recording import header
from vigie.core.errors import UsageProblemError
from vigie.core.site_folder import overlay

PREFIX = "vigie-"  # the names of our files in a folder that may hold other people's too
GRAFANA = "grafana.yml"  # the rules that watch Prometheus from outside: Grafana evaluates them, it never does
RUNBOOKS = "/runbooks/"
SOURCE = f"runbook_url: {RUNBOOKS}"  # as written in the rules; the linter holds every rule to it
BASE_URL = re.compile(r"https?://[A-Za-z0-9._~:/?&=%@\[\]-]+")  # safe as a plain YAML scalar


def render(
    folder: Path,
    runbook_base_url: str,
    over: Path | None = None,
    *,
    with_alerts: bool = True,
    without: Container[Path] = frozenset(),
) -> dict[str, str]:
    """Return the text of each rule file by the name it has in the evaluator's folder; files of `over` win.

    Without alerts (Grafana evaluates them) only recording rules are left. Files without rules are left out: Prometheus
    shows no group of them, and an empty file of `over` switches ours of that name off. Those of `without` are not read.
    Runbook links get `runbook_base_url` in front of the alert's name; raises UsageProblemError when it is no URL.
    """
    if not BASE_URL.fullmatch(runbook_base_url):
        raise UsageProblemError(f"runbook_base_url: {runbook_base_url!r} is not right: expected an http(s) URL")
    target = "runbook_url: " + runbook_base_url.rstrip("/") + "/"
    paths = [path for name, path in overlay(folder, over, "*.yml").items() if name != GRAFANA and path not in without]
    texts = {path: read_text(path) for path in paths}
    texts = {path: text for path, text in texts.items() if list_groups(text)}
    if not with_alerts:
        texts = {path: recorded for path, text in texts.items() if (recorded := keep_recordings(text))}
    return {PREFIX + path.name: header(path.name) + text.replace(SOURCE, target) for path, text in texts.items()}


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


def keep_recordings(text: str) -> str:
    """Return a rule file with its recording rules alone, empty when it has none."""
    groups = [{**group, "rules": [rule for rule in group["rules"] if "record" in rule]} for group in list_groups(text)]
    left = [group for group in groups if group["rules"]]
    return yaml.safe_dump({"groups": left}, sort_keys=False, allow_unicode=True) if left else ""
