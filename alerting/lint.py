"""Checks the rule files: what every alert must carry, and that its query can work."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from alerting.rules import integrations, layers, overrides, twins
from alerting.rules import limited_alerts as thresholds
from vigie.core.promql import expression
from vigie.core.promql.catalogue import Catalogue
from vigie.core.settings import parse_duration_seconds
from vigie.core.site_folder import within
from vigie.reconcile.problem import Problem, of_loading

SEVERITIES = ("critical", "warning", "info", "none")
ANNOTATIONS = ("summary", "description", "runbook_url")
VALUE = re.compile(r"\$value|\.Value")
ALERT = re.compile(r"^ *- alert: (\w+)$", re.MULTILINE)
WITHOUT_REASON = re.compile(r"^ *(for|keep_firing_for): 0s *$", re.MULTILINE)
PAGES = frozenset({"critical", "warning"})  # these notify somebody, and must not flap
GRAFANA_INTERVAL_SECONDS = 10  # Grafana refuses groups whose interval is no multiple of it


def check(
    folder: Path,
    pages: Container[str],
    catalogue: Catalogue,
    site: Path | None = None,
    of_integrations: Mapping[str, Path] = layers.NONE,
) -> list[Problem]:
    """Return the problems of all rule files in `folder` and of integrations; metrics that they record count as known.

    The files in `rules` of the `site` folder win over those of their name. `pages` are the alerts with a runbook.
    """
    documents = {}
    over = within(site, "rules")
    paths = layers.list_paths(folder, over, of_integrations)
    problems = of_loading(overrides.FILE, lambda: layers.load_overrides(folder, paths, over))
    changes = {} if problems else layers.load_overrides(folder, paths, over)
    ours = layers.list_paths(folder, None, of_integrations)
    for name, path in paths.items():
        is_ours = layers.is_ours(path, folder)
        try:
            text = path.read_text()
            changed = layers.override_text(text, changes) if is_ours else text
            documents[name] = groups = _groups(yaml.safe_load(changed))
            problems += [Problem(name, *problem) for problem in _check_reasons(text)]
        except (OSError, yaml.YAMLError, ValueError) as error:
            problems.append(Problem(name, "file", f"expected groups of rules in YAML: {error}"))
            continue
        if not is_ours and not any(group["rules"] for group in groups):
            switched_off = ": ours of that name are switched off by it" if ours.get(name, path) != path else ""
            sentence = f"it holds no rules{switched_off}"
            problems.append(Problem(name, "file", sentence, is_warning=True))
    problems += _check_groups(documents, paths, pages, catalogue)
    ours_first = sorted(documents, key=lambda file: (not layers.is_ours(paths[file], folder), file))
    named_again = twins.find(twins.Source(file, documents[file]) for file in ours_first)
    return problems + [Problem(*twin) for twin in named_again]


def _check_groups(
    documents: Mapping[str, Sequence[dict[str, Any]]],
    paths: Mapping[str, Path],
    pages: Container[str],
    catalogue: Catalogue,
) -> Iterator[Problem]:
    """Yield what is wrong with the groups of each file, and with their rules; what they record counts as known."""
    known = catalogue | _list_recorded(documents)
    for file, groups in documents.items():
        for group in groups:
            yield from (Problem(file, f"group {group['name']}", sentence) for sentence in _check_group(group))
            for rule in group["rules"]:
                place = str(rule.get("alert") or rule.get("record"))
                sentences = _check_rule(rule, pages, known, integrations.name_runbooks(paths[file]))
                yield from (Problem(file, place, sentence) for sentence in sentences)


def _list_recorded(documents: Mapping[str, Sequence[dict[str, Any]]]) -> Catalogue:
    """Return what the rules of all files record."""
    rules = (rule for groups in documents.values() for group in groups for rule in group["rules"])
    return {rule["record"]: "gauge" for rule in rules if "record" in rule}


def _groups(document: Any) -> list[dict[str, Any]]:
    """Return the groups of a rule file; raises ValueError when it has another shape."""
    groups = document.get("groups") if isinstance(document, dict) else None
    if document is None or (isinstance(document, dict) and document.keys() == {"groups"} and groups is None):
        return []  # comments alone, or all commented out
    if not isinstance(groups, list) or not all(isinstance(group, dict) and "name" in group for group in groups):
        raise ValueError("no list of named groups under `groups`")
    for group in groups:
        rules = group["rules"] = group.get("rules") or []
        if not isinstance(rules, list) or not all(isinstance(rule, dict) and "expr" in rule for rule in rules):
            raise ValueError(f"group {group['name']} has a rule without expr")
        _require_duration(f"group {group['name']}", "interval", group)
        for rule in rules:
            _require_shape(f"group {group['name']}", rule)
    return groups


def _require_shape(where: str, rule: dict[str, Any]) -> None:
    """Raise ValueError for a rule that Prometheus could not read, as one whose labels are a list."""
    named = [rule[name] for name in ("alert", "record") if name in rule]
    if len(named) != 1 or isinstance(named[0], list | dict):
        raise ValueError(f"{where} has a rule without a name: expected alert or record")
    for name in ("labels", "annotations"):
        if not isinstance(rule.get(name) or {}, dict):
            sentence = f"{where}: {named[0]}: {name}: expected names with values"
            raise ValueError(sentence)  # noqa: TRY004 - as all that is wrong with a file
    for name in ("for", "keep_firing_for"):
        _require_duration(f"{where}: {named[0]}", name, rule)


def _require_duration(where: str, name: str, holder: dict[str, Any]) -> None:
    try:
        parse_duration_seconds(str(holder.get(name, "0s")))
    except ValueError:
        raise ValueError(f"{where}: {name}: expected a duration as 5m, and not {holder[name]!r}") from None


def _check_group(group: dict[str, Any]) -> Iterator[str]:
    if "interval" in group and parse_duration_seconds(str(group["interval"])) % GRAFANA_INTERVAL_SECONDS:
        yield f"interval {group['interval']}: expected a multiple of 10s, as Grafana takes no other"
    names = [rule["alert"] for rule in group["rules"] if "alert" in rule]
    yield from (f"alert {name} is there twice" for name in sorted({name for name in names if names.count(name) > 1}))


def _check_reasons(text: str) -> Iterator[tuple[str, str]]:
    """Yield (alert, sentence) for each period of zero that no comment on its line explains."""
    parts = ALERT.split(text)
    for alert, body in zip(parts[1::2], parts[2::2], strict=True):
        for match in WITHOUT_REASON.finditer(body):
            yield alert, f"{match[1]}: 0s without a reason: expected a comment on the same line"


def _check_rule(rule: dict[str, Any], pages: Container[str], catalogue: Catalogue, runbooks: str) -> Iterator[str]:
    faults = expression.check(str(rule["expr"]), catalogue)
    yield from faults
    yield from () if faults else expression.check_host_and_dc(str(rule["expr"]))
    if "alert" not in rule:
        return
    labels, annotations = rule.get("labels") or {}, rule.get("annotations") or {}
    severity = labels.get("severity")
    if severity not in SEVERITIES:
        yield f"severity {severity!r}: expected one of {', '.join(SEVERITIES)}"
    yield from (f"annotation {name} is missing" for name in ANNOTATIONS if not annotations.get(name))
    yield from (
        f"label {name} holds the value: each new value would make another alert"
        for name, text in labels.items()
        if VALUE.search(str(text))
    )
    expected = f"/runbooks/{rule['alert']}"
    if annotations.get("runbook_url", expected) != expected:
        yield f"runbook_url: expected {expected}, which gets the base URL of the settings in front"
    if rule["alert"] not in pages:
        yield f"its runbook {runbooks}/{rule['alert']}.md is missing"
    if severity != "none":
        if "for" not in rule:
            yield "for is missing: one odd sample would page (write `for: 0s # reason` where it should)"
        if severity in PAGES and "keep_firing_for" not in rule:
            yield "keep_firing_for is missing: it would flap (write `keep_firing_for: 0s # reason` where it can't)"
        if not faults and not expression.has_comparison(str(rule["expr"])):
            yield "its query compares nothing, so that it would always fire"
    yield from thresholds.check(str(rule["alert"]), str(rule["expr"]))
