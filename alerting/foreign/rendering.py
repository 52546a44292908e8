"""Makes the rule files that Prometheus gets of the rule files of others."""

import re
from pathlib import Path

import yaml

from alerting.foreign.reading import RuleFile, find_files, read_file
from alerting.rules.native import PREFIX, keep_recordings
from vigie.core.errors import UsageProblemError

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
SUFFIX = re.compile(r"\.(yml|yaml|rules)$")


def render_files(site: Path | None, *, with_alerts: bool) -> dict[str, str]:
    """Return the text of each file by the name it has in Prometheus's folder; raises UsageProblemError.

    A file in Prometheus's own form stays as it is, comments and all. Without alerts (Grafana evaluates them) only
    recording rules are left. A file without rules is left out, because Prometheus would show no group of it.
    """
    texts: dict[str, str] = {}
    sources: dict[str, str] = {}
    for name, path in find_files(site).items():
        target = target_name(name)
        if target in texts:
            raise UsageProblemError(f"{path}: in Prometheus's folder it is named as {sources[target]}: rename one")
        text = _text(read_file(name, path))
        text = text if with_alerts or not text else keep_recordings(text)
        if text:
            texts[target], sources[target] = text, name
    return texts


def target_name(name: str) -> str:
    """Return the name of a file in Prometheus's folder: `a b/host.rules` is `vigie-foreign-a_b-host.yml`."""
    stem = SUFFIX.sub("", name).replace("/", "-")
    return f"{PREFIX}foreign-{UNSAFE.sub('_', stem)}.yml"


def _text(file: RuleFile) -> str:
    if not file.groups:
        return ""
    header = f"# Written by `vigie provision apply` from rules/foreign/{file.name}; changes here are overwritten.\n"
    if file.is_plain:
        return header + file.path.read_text()
    return header + yaml.safe_dump({"groups": file.groups}, sort_keys=False, allow_unicode=True, width=120)
