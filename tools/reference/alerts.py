"""The page of alerts: each with its severity, times, meaning, expression and runbook, from the rule files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from alerting.rules import layers
from alerting.rules.integrations import list_rule_files, list_runbooks
from tools.reference.markdown import code, fenced, page, table
from vigie.core.builtin import ROOT, builtin

FOLDER = builtin("alerting", "rules")
REPOSITORY = "../.."
CONTROL = re.compile(r"\{\{-?\s*(?:with|if|else|end|range|define)\b[^}]*\}\}")
TEMPLATE = re.compile(r"\{\{-?\s*(?:\$labels\.(\w+)|\$value|[^}]*)[^}]*\}\}")
INTRO = """\
`critical` wakes somebody, `warning` waits for the morning, `info` is only looked at, `none` is for machines. `for` is
how long the expression must hold before the alert fires; it then fires for at least `keep_firing_for` after it ends.
Words in ⟨ ⟩ stand for the alert's labels and value. [Alerting](../how-to/alerting.md) tells how to add, change and
route alerts, and how hosts get limits of their own."""


def alerts_page() -> str:
    """Return the page of all alerts and of what our rules record."""
    paths = layers.list_paths(FOLDER, None, list_rule_files())
    files = {name.removesuffix(".yml"): yaml.safe_load(path.read_text()) for name, path in paths.items()}
    alerts = [(stem, rule) for stem, rule in rules(files) if "alert" in rule]
    summary = table(
        ("alert", "severity", "for", "says"),
        (
            (f"[{rule['alert']}](#{rule['alert'].lower()})", severity(rule), rule.get("for", "none"), summary_of(rule))
            for _, rule in sorted(alerts, key=lambda pair: str(pair[1]["alert"]))
        ),
    )
    parts, runbooks = [INTRO, summary], list_runbooks()
    for stem in files:
        own = [rule for name, rule in alerts if name == stem]
        if own:
            parts += [f"## Rules of {stem}", *(section(rule, runbooks[rule["alert"]]) for rule in own)]
    return page("Alerts", *parts, "## Recorded series", recorded(files))


def rules(files: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file's name and each rule."""
    for stem, document in files.items():
        for group in document["groups"]:
            for rule in group["rules"]:
                yield stem, rule


def section(rule: dict[str, Any], runbook_path: Path) -> str:
    """Return the section of one alert."""
    name = rule["alert"]
    facts = (
        f"Severity {severity(rule)}, for {rule.get('for', '0s')}, keep_firing_for {rule.get('keep_firing_for', '0s')}."
    )
    description = readable(rule["annotations"].get("description", ""))
    runbook = f"Runbook: [{name}]({REPOSITORY}/{runbook_path.relative_to(ROOT)})."
    return "\n\n".join([f"### {name}", summary_of(rule), facts, description, runbook, fenced(rule["expr"], "promql")])


def severity(rule: dict[str, Any]) -> str:
    """Return the severity of an alert, which may be taken from the series."""
    return readable(str(rule.get("labels", {}).get("severity", "of the series")))


def summary_of(rule: dict[str, Any]) -> str:
    """Return what an alert says in a line."""
    return readable(rule["annotations"]["summary"])


def readable(text: str) -> str:
    """Return a template as text: ⟨host⟩ for `{{ $labels.host }}`."""
    named = re.sub(r"\{\{ with \$labels\.(\w+) \}\}([^{]*)\{\{ \. \}\}", r"\2{{ $labels.\1 }}", text)
    plain = TEMPLATE.sub(lambda match: f"⟨{match[1] or 'value'}⟩", CONTROL.sub("", named))
    return " ".join(plain.split()).replace("<", "&lt;").replace("*", "\\*")


def recorded(files: dict[str, Any]) -> str:
    """Return the table of what our rules record."""
    series = {(rule["record"], stem) for stem, rule in rules(files) if "record" in rule}
    return table(
        ("series", "recorded by"), ((code(name), f"`alerting/rules/{stem}.yml`") for name, stem in sorted(series))
    )
