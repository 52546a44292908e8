"""Makes a native rule file of a rule group of Grafana, so that it can be declared from then on."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from vigie.provision.adopted_query import NoEqualError, Query, Source, read_query

INDEXED = re.compile(r"""\(?\bindex \$values ["'](\w+)["']\)?(?:\.Value\b)?""")
VALUE = re.compile(r"\$values\.(\w+)(?:\.Value\b)?")
# Functions of Grafana's templates that Prometheus's lack.
FUNCTIONS = re.compile(
    r"\b(?:graphLink|tableLink|deduplicate|mergeLabelValues|filterLabels\w*|removeLabels\w*)\b|\$values"
)
NO_DATA = "DatasourceNoData"  # what Grafana calls the alert that it makes of it


class Adopted(NamedTuple):
    """The text of a rule file, None without a rule, and why rules of the group are not in it."""

    text: str | None
    left_out: list[str]


def rule_file(title: str, group: Mapping[str, Any], source: Source) -> Adopted:
    """Return the rule file of a group as Grafana shows it; a rule that has no equal in Prometheus is left out."""
    rules: list[dict[str, Any]] = []
    left_out = []
    for rule in group["rules"]:
        try:
            rules += _rules(rule, source)
        except NoEqualError as error:
            left_out.append(
                f"the rule {rule.get('title')!r} of the group {title!r} has no equal in Prometheus: {error}"
            )
    document = {"groups": [{"name": title, "interval": f"{group['interval']}s", "rules": rules}]}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return Adopted(text if rules else None, left_out)


def _rules(rule: Mapping[str, Any], source: Source) -> list[dict[str, Any]]:
    """Return the alert of a rule, and the one that Grafana raises beside it when there is no data."""
    _require_equal(rule)
    labels = {str(name): str(text) for name, text in (rule.get("labels") or {}).items()}
    query = read_query(rule, source, _active(rule["title"], labels))
    lasting = {name: rule.get(name, "0s") for name in ("for", "keep_firing_for")}
    lasting = {name: text for name, text in lasting.items() if text not in {"0s", "0"}}
    texts = {name: _text(name, text, query) for name, text in (rule.get("annotations") or {}).items()}
    shown = {name: _text(name, text, query) for name, text in labels.items()}
    missing = f"absent({query.asked})"
    state = rule.get("noDataState", "NoData")
    alert = {
        "alert": rule["title"],
        "expr": f"({query.fires}) or {missing}" if state == "Alerting" else query.fires,
        **lasting,
        **({"labels": shown} if shown else {}),
        **({"annotations": texts} if texts else {}),
    }
    if state != "NoData":
        return [alert]
    return [alert, {"alert": NO_DATA, "expr": missing, **lasting, "labels": {**shown, "rulename": rule["title"]}}]


def _require_equal(rule: Mapping[str, Any]) -> None:
    """Raise NoEqualError when the rule does what no rule of Prometheus can do."""
    settings = rule.get("notification_settings") or {}
    missing = rule.get("missingSeriesEvalsToResolve") or rule.get("missing_series_evals_to_resolve")
    reasons = {
        "it records, into a place that Grafana was told": rule.get("record"),
        "it is paused": rule.get("isPaused"),
        f"it tells the contact point {settings.get('receiver')!r} past all policies": settings,
        f"without data it keeps its state ({rule.get('noDataState')})": rule.get("noDataState", "OK")
        not in {"OK", "NoData", "Alerting"},
        f"a query that fails makes it {rule.get('execErrState')}": rule.get("execErrState", "OK")
        not in {"OK", "Error"},
        f"it resolves {missing} evaluations after a series is gone": missing,
    }
    for reason, is_so in reasons.items():
        if is_so:
            raise NoEqualError(reason)


def _active(title: str, labels: Mapping[str, str]) -> str:
    """Return what selects the active alerts of a rule behind `and`: they carry labels that its query lacks."""
    names = ", ".join(["alertname", "alertstate", *sorted(labels)])
    quoted = title.replace("\\", r"\\").replace('"', r"\"")
    return f'ignoring ({names}) ALERTS{{alertname="{quoted}"}}'


def _text(name: str, text: str, query: Query) -> str:
    """Return an annotation or label in the words of Prometheus's templates."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in query.values:
            raise NoEqualError(f"its text {name} shows {match[1]}, which is not the query's value")
        return "$value"

    changed = VALUE.sub(value, INDEXED.sub(value, str(text)))
    left = FUNCTIONS.search(changed)
    if left:
        raise NoEqualError(f"its text {name} uses {left[0]}, which Prometheus's templates lack")
    return changed
