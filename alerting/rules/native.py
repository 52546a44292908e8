"""Makes the rule files that an evaluator gets from the native rules in `alerting/rules/`."""

import re
from collections.abc import Container, Mapping
from pathlib import Path

import yaml

from alerting.rules import layers
from alerting.rules.layers import list_groups
from alerting.rules.recording import header
from vigie.core.errors import UsageProblemError

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
    integrations: Mapping[str, Path] = layers.NONE,
) -> dict[str, str]:
    """Return the text of each rule file by the name it has in the evaluator's folder; files of `over` win.

    Without alerts (Grafana evaluates them) only recording rules are left. Files without rules are left out: Prometheus
    shows no group of them, and an empty file of `over` switches ours of that name off. Those of `without` are not read.
    Runbook links get `runbook_base_url` in front of the alert's name; raises UsageProblemError when it is no URL.
    """
    if not BASE_URL.fullmatch(runbook_base_url):
        raise UsageProblemError(f"runbook_base_url: {runbook_base_url!r} is not right: expected an http(s) URL")
    target = "runbook_url: " + runbook_base_url.rstrip("/") + "/"
    files = layers.load(folder, over, without, integrations)
    texts = {name: text for name, (_, text) in files.items() if name != GRAFANA and list_groups(text)}
    if not with_alerts:
        texts = {name: recorded for name, text in texts.items() if (recorded := keep_recordings(text))}
    return {PREFIX + name: header(name) + text.replace(SOURCE, target) for name, text in texts.items()}


def keep_recordings(text: str) -> str:
    """Return a rule file with its recording rules alone, empty when it has none."""
    groups = [{**group, "rules": [rule for rule in group["rules"] if "record" in rule]} for group in list_groups(text)]
    left = [group for group in groups if group["rules"]]
    return yaml.safe_dump({"groups": left}, sort_keys=False, allow_unicode=True) if left else ""
