"""Makes a native rule file of a rule group of Grafana, so that it can be declared from then on."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from vigie.core.errors import ProblemError

EXPRESSION = "__expr__"  # Grafana's name for the data source that computes
SIGNS = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "eq": "==", "ne": "!="}
VALUE = re.compile(r"\$values\.[A-Za-z0-9_]+(\.Value)?")


def rule_file(title: str, group: Mapping[str, Any]) -> str:
    """Return the rule file of a group as Grafana shows it.

    Raises ProblemError that names the first rule which has no equal in Prometheus: several queries, sums of Grafana's
    own, other data sources.
    """
    rules = [_rule(rule) for rule in group["rules"]]
    document = {"groups": [{"name": title, "interval": f"{group['interval']}s", "rules": rules}]}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    if rule.get("record"):
        raise _no_equal(rule, "it records, into a place that Grafana was told")
    texts = {name: VALUE.sub("$value", text) for name, text in (rule.get("annotations") or {}).items()}
    lasting = {
        "for": rule.get("for", "0s"),
        "keep_firing_for": rule.get("keep_firing_for", "0s"),
    }
    return {
        "alert": rule["title"],
        "expr": _expression(rule),
        **{name: text for name, text in lasting.items() if text not in {"0s", "0"}},
        **({"labels": dict(rule["labels"])} if rule.get("labels") else {}),
        **({"annotations": texts} if texts else {}),
    }


def _expression(rule: Mapping[str, Any]) -> str:
    """Return the query with the condition that Grafana puts on it."""
    nodes = {node["refId"]: node for node in rule["data"]}
    queries = [node for node in nodes.values() if node["datasourceUid"] != EXPRESSION]
    if len(queries) != 1 or not isinstance(queries[0]["model"].get("expr"), str):
        raise _no_equal(rule, "expected one PromQL query")
    query, condition = queries[0], nodes.get(rule["condition"], {})
    expression = str(query["model"]["expr"]).strip()
    if condition is query:
        return f"({expression}) != 0"
    model = condition.get("model", {})
    if model.get("type") != "threshold":
        raise _no_equal(rule, f"its condition is of type {model.get('type')!r}: expected a threshold")
    below = nodes.get(model.get("expression", ""), {})
    if _means_whatever_comes(below, query["refId"]):
        return expression
    if below is not query and not _is_last(below, query["refId"]):
        raise _no_equal(rule, "expected the threshold on the query or on its last value")
    evaluator = model["conditions"][0]["evaluator"]
    if evaluator["type"] not in SIGNS:
        raise _no_equal(rule, f"the threshold {evaluator['type']!r} is none of {', '.join(SIGNS)}")
    return f"({expression}) {SIGNS[evaluator['type']]} {evaluator['params'][0]:g}"


def _means_whatever_comes(node: Mapping[str, Any], name: str) -> bool:
    """Tell whether this is what vigie itself writes for `whatever the expression returns, fires`."""
    model = node.get("model", {})
    return model.get("type") == "math" and str(model.get("expression", "")).startswith(f"is_number(${name}) ||")


def _is_last(node: Mapping[str, Any], name: str) -> bool:
    model = node.get("model", {})
    return bool(model.get("type") == "reduce" and model.get("reducer") == "last" and model.get("expression") == name)


def _no_equal(rule: Mapping[str, Any], reason: str) -> ProblemError:
    return ProblemError(f"the rule {rule.get('title')!r} has no equal in Prometheus: {reason}; nothing was written")
