"""The PromQL of a rule of Grafana: its query, with window and condition."""

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

EXPRESSION = "__expr__"  # Grafana's name for the data source that computes
SIGNS = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "eq": "==", "ne": "!="}
OPPOSITES = {"gt": "<=", "lt": ">=", "gte": "<", "lte": ">"}
STEP = "15s"  # Grafana's own, where a query asks for a range
WHOLE = 1e15  # up to here a whole number is written as one
VARIABLE = re.compile(r"\$\{?\w+|\[\[\w+")
Node = Mapping[str, Any]


class NoEqualError(Exception):
    """A rule, or a part of it, has no equal in Prometheus; says why."""


class Source(NamedTuple):
    """The data sources that stand for the Prometheus of ours, by uid, and the interval at which it scrapes."""

    uids: Collection[str]
    scrape_interval_seconds: float


class Query(NamedTuple):
    """What a rule asks, as PromQL; when it fires; and the refIds whose value is the query's."""

    asked: str
    fires: str
    values: frozenset[str]


def read_query(rule: Node, source: Source, alerts: str) -> Query:
    """Return query and condition; `alerts` selects the alerts of this rule that are active.

    Raises NoEqualError for what Prometheus lacks.
    """
    nodes = {node["refId"]: node for node in rule["data"]}
    queries = [node for node in nodes.values() if node["datasourceUid"] != EXPRESSION]
    if len(queries) != 1 or not isinstance(queries[0]["model"].get("expr"), str):
        raise NoEqualError("expected one PromQL query")
    query, condition = queries[0], nodes.get(rule["condition"], {})
    _require_source(query["datasourceUid"], source)
    name, is_range = query["refId"], _is_range(query)
    asked = _asked(query, source, is_range=is_range)
    model = condition.get("model", {})
    if condition is query and not is_range:
        return Query(asked, f"({asked}) != 0", frozenset({name}))
    if model.get("type") != "threshold":
        raise NoEqualError(f"its condition is of type {model.get('type')!r}: expected a threshold")
    below = nodes.get(model.get("expression", ""), {})
    if _means_whatever_comes(below, name):
        return Query(asked, asked, frozenset({name}))
    if not _is_last(below, name) and (below is not query or is_range):
        raise NoEqualError("expected the threshold on an instant query or on its last value")
    return Query(asked, _compare(asked, model["conditions"][0], alerts), frozenset({name, below["refId"]}))


def _require_source(uid: str, source: Source) -> None:
    if uid not in source.uids:
        raise NoEqualError(
            f"it asks the data source {uid}, which is not known to be vigie's Prometheus (if it is: --datasource {uid})"
        )


def _is_range(query: Node) -> bool:
    return bool(query["model"].get("range")) or not query["model"].get("instant")


def _asked(query: Node, source: Source, *, is_range: bool) -> str:
    """Return the query with Grafana's variables filled in, at the time and over the range that Grafana asks for."""
    window = query.get("relativeTimeRange") or {}
    start, end = int(window.get("from", 0)), int(window.get("to", 0))
    expression = _fill(str(query["model"]["expr"]).strip(), source.scrape_interval_seconds, start - end)
    if not is_range and not end:
        return expression
    offset = f" offset {end}s" if end else ""
    inside = f"{start - end}s:{STEP}" if is_range else "1s:1s"
    return f"last_over_time(({expression})[{inside}]{offset})"


def _fill(expression: str, scrape_interval_seconds: float, range_seconds: int) -> str:
    values = {
        "__rate_interval": f"{4 * scrape_interval_seconds:g}s",
        "__range": f"{range_seconds}s",
        "__range_s": str(range_seconds),
        "__range_ms": str(1000 * range_seconds),
    }
    for name, value in values.items():
        expression = re.sub(rf"\$(?:{name}\b|\{{{name}\}})", value, expression)
    left = VARIABLE.search(expression)
    if left:
        raise NoEqualError(f"its query holds {left[0]}, which only Grafana fills in")
    return expression


def _compare(asked: str, condition: Node, alerts: str) -> str:
    """Return when a threshold fires; with one for recovery it goes on until that is reached."""
    evaluator, recovery = condition["evaluator"], condition.get("unloadEvaluator")
    if evaluator["type"] not in SIGNS:
        raise NoEqualError(f"the threshold {evaluator['type']!r} is none of {', '.join(SIGNS)}")
    fires = f"({asked}) {SIGNS[evaluator['type']]} {number(evaluator['params'][0])}"
    if not recovery:
        return fires
    if recovery["type"] not in OPPOSITES:
        raise NoEqualError(f"the recovery threshold {recovery['type']!r} is none of {', '.join(OPPOSITES)}")
    stays = f"({asked}) {OPPOSITES[recovery['type']]} {number(recovery['params'][0])}"
    return f"{fires} or ({stays} and {alerts})"


def number(value: float) -> str:
    """Return a number in full: 10737418240, and not 1.07374e+10."""
    return str(int(value)) if float(value).is_integer() and abs(value) < WHOLE else repr(value)


def _means_whatever_comes(node: Node, name: str) -> bool:
    """Tell whether this is what vigie itself writes for `whatever the expression returns, fires`."""
    model = node.get("model", {})
    return model.get("type") == "math" and str(model.get("expression", "")).startswith(f"is_number(${name}) ||")


def _is_last(node: Node, name: str) -> bool:
    model = node.get("model", {})
    return bool(model.get("type") == "reduce" and model.get("reducer") == "last" and model.get("expression") == name)
