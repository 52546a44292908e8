"""Makes the rule files that Prometheus gets of the rule files of others."""

import re
from collections.abc import Container, Iterable
from pathlib import Path

from alerting.foreign.reading import FOLDER, RuleFile, find_files, read_file
from alerting.rules.native import PREFIX, keep_recordings
from alerting.rules.recording import header, rule_file
from vigie.core.errors import UsageProblemError

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
SUFFIX = re.compile(r"\.(yml|yaml|rules)$")


def render_files(site: Path | None, *, with_alerts: bool, without: Container[Path] = frozenset()) -> dict[str, str]:
    """Return the text of each file by the name it has in Prometheus's folder; raises UsageProblemError.

    A file in Prometheus's own form stays as it is, comments and all. Without alerts (Grafana evaluates them) only
    recording rules are left. A file without rules is left out, because Prometheus would show no group of it. Those of
    `without` are not read.
    """
    files = [read_file(name, path) for name, path in find_files(site).items() if path not in without]
    texts = {target: _text(file) for target, file in name_targets(files).items()}
    kept = texts if with_alerts else {target: keep_recordings(text) for target, text in texts.items()}
    return {target: text for target, text in kept.items() if text}


def name_targets(files: Iterable[RuleFile]) -> dict[str, RuleFile]:
    """Return the files that have rules by their names in Prometheus's folder; raises UsageProblemError for a twin."""
    targets: dict[str, RuleFile] = {}
    for file in files:
        if file.groups:
            other = targets.setdefault(target_name(file.name), file)
            if other is not file:
                raise UsageProblemError(f"{file.path}: in Prometheus's folder it is named as {other.name}: rename one")
    return targets


def target_name(name: str) -> str:
    """Return the name of a file in Prometheus's folder: `a b/host.rules` is `vigie-foreign-a_b-host.yml`."""
    stem = SUFFIX.sub("", name).replace("/", "-")
    return f"{PREFIX}foreign-{UNSAFE.sub('_', stem)}.yml"


def _text(file: RuleFile) -> str:
    source = f"rules/{FOLDER}/{file.name}"
    return header(source) + file.path.read_text() if file.is_plain else rule_file(file.groups, source)
