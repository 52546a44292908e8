"""Checks a PromQL expression against what exists: Grafana and Prometheus accept much that can never work."""

import re
from collections.abc import Container, Iterator
from datetime import timedelta
from typing import Any

import promql_parser

from vigie.core.promql.catalogue import Catalogue, find_type

SHORTEST_WINDOW = timedelta(seconds=60)  # four scrapes of 15 s: one may be lost and a rate remains
OF_COUNTERS = frozenset({"rate", "irate", "increase"})
OF_GAUGES = frozenset({"delta", "idelta", "deriv", "predict_linear"})
# What a variable may stand for; `$__interval` can be as narrow as a pixel, so it must not pass as a window.
GRAFANA = {"__rate_interval": "1m", "__range": "1h", "__range_s": "3600", "__interval": "1s", "__interval_ms": "1000"}
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]")


def substitute(expression: str) -> str:
    """Return the expression with each of Grafana's variables replaced by something that it may stand for."""
    return VARIABLE.sub(lambda match: GRAFANA.get(next(filter(None, match.groups())), "1"), expression)


def list_unknown_metrics(expression: str, catalogue: Catalogue) -> list[str]:
    """Return the metrics of a query that parses which the catalogue lacks."""
    nodes = _nodes(promql_parser.parse(substitute(expression)))
    names = {metric_name(node) for node in nodes if isinstance(node, promql_parser.VectorSelector)}
    return sorted(name for name in names if name and find_type(catalogue, name) is None)


def check(expression: str, catalogue: Catalogue) -> list[str]:
    """Return a sentence for each fault of a query, as a board or a rule has it."""
    try:
        nodes = list(_nodes(promql_parser.parse(substitute(expression))))
    except ValueError as error:
        return [f"{expression!r} does not parse: {error}"]
    sentences = []
    for node in nodes:
        if isinstance(node, promql_parser.VectorSelector):
            sentences += _check_metric(node, catalogue)
        elif isinstance(node, promql_parser.Call):
            sentences += _check_call(node, catalogue)
    return sentences


def parses(expression: str) -> bool:
    """Tell whether a query, as a board or a rule has it, is PromQL."""
    try:
        promql_parser.parse(substitute(expression))
    except ValueError:
        return False
    return True


def has_comparison(expression: str) -> bool:
    """Tell whether a query that parses can ever be empty because of a comparison, or is `absent`."""
    nodes = list(_nodes(promql_parser.parse(substitute(expression))))
    signs = {str(node.op) for node in nodes if isinstance(node, promql_parser.BinaryExpr)}
    functions = {node.func.name for node in nodes if isinstance(node, promql_parser.Call)}
    return bool(signs & {"==", "!=", ">", "<", ">=", "<="} or functions & {"absent", "absent_over_time"})


def check_host_and_dc(expression: str) -> list[str]:
    """Return a sentence for each join or aggregation of a query that parses which tells hosts apart without dc.

    Host names repeat across datacenters, so that it would mix machines.
    """
    sentences = []
    for node in _nodes(promql_parser.parse(substitute(expression))):
        modifier = getattr(node, "modifier", None)
        chosen = getattr(modifier, "matching", None) or modifier  # of a join, else of an aggregation
        labels = set(getattr(chosen, "labels", None) or ())
        if "host" in labels and "dc" not in labels:
            sentences.append(f"{chosen}: expected dc beside host, as host names repeat across datacenters")
    return sentences


def check_integration(expression: str, integration: str, known: Container[str]) -> list[str]:
    """Return a sentence for each selector of a query that parses which does not choose by the label `integration`.

    `known` are the series of that integration; whatever else the query reads is free, but for the label `job`.
    """
    sentences = []
    for node in _nodes(promql_parser.parse(substitute(expression))):
        if not isinstance(node, promql_parser.VectorSelector):
            continue
        name, chosen = metric_name(node) or "?", {matcher.name: matcher.value for matcher in node.matchers.matchers}
        if name in known and chosen.get("integration") != integration:
            sentences.append(f'{name}: expected integration="{integration}" among what it is chosen by')
        if "job" in chosen:
            sentences.append(f"{name}: it is chosen by job, which is the name of a container: expected integration")
    return sentences


def check_equal_labels(good: str, total: str) -> list[str]:
    """Return a sentence when two queries aggregate by other labels: no series of one has its equal in the other."""
    try:
        nodes = [promql_parser.parse(substitute(expression)) for expression in (good, total)]
    except ValueError:
        return []  # said of each by itself
    if not all(isinstance(node, promql_parser.AggregateExpr) for node in nodes):
        return []
    of_good, of_total = (_grouping(node) for node in nodes)
    if of_good == of_total:
        return []
    return [f"{of_good} of good, and {of_total} of total: expected the same labels, or all would count as bad"]


def _grouping(aggregation: Any) -> str:
    modifier = aggregation.modifier
    if modifier is None:
        return "no labels"
    word = "by" if modifier.type == promql_parser.AggModifierType.By else "without"
    return f"{word} ({', '.join(sorted(modifier.labels))})"


def metrics(expression: str) -> set[str]:
    """Return the metrics that a query which parses names."""
    nodes = _nodes(promql_parser.parse(substitute(expression)))
    return {metric_name(node) or "" for node in nodes if isinstance(node, promql_parser.VectorSelector)} - {""}


def instant_selectors(expression: str) -> list[str]:
    """Return the metrics that a query which parses reads as they are now, and not through a window."""
    names: list[str] = []
    inside = 0  # how many of the nodes that follow belong to a window
    for node in _nodes(promql_parser.parse(substitute(expression))):
        if inside:
            inside -= 1
        elif isinstance(node, promql_parser.MatrixSelector):
            inside = 1
        elif isinstance(node, promql_parser.SubqueryExpr):
            inside = len(list(_nodes(node.expr)))
        elif isinstance(node, promql_parser.VectorSelector):
            names.append(metric_name(node) or "?")
    return names


def metric_name(selector: Any) -> str | None:
    """Return the metric that a selector names, None when it selects by labels alone."""
    if selector.name:
        return str(selector.name)
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == promql_parser.MatchOp.Equal:
            return str(matcher.value)
    return None


def _nodes(expression: Any) -> Iterator[Any]:
    nodes: list[Any] = []

    def visit(node: Any) -> bool:
        nodes.append(node)
        return True

    promql_parser.walk(expression, pre_visit=visit)
    return iter(nodes)


def _check_metric(selector: Any, catalogue: Catalogue) -> list[str]:
    name = metric_name(selector)
    if name is None and any(matcher.name == "__name__" for matcher in selector.matchers.matchers):
        return []  # many metrics on purpose, as a count of series by metric needs
    if name is None:
        return [f"{selector} names no metric: expected one, so that it is known who emits it"]
    if find_type(catalogue, name) is None:
        return [f"nobody emits {name}: expected a metric of vigie/core/promql/catalogue/"]
    return []


def _check_call(call: Any, catalogue: Catalogue) -> list[str]:
    function = call.func.name
    ranges = [argument for argument in call.args if isinstance(argument, promql_parser.MatrixSelector)]
    sentences = []
    for selector in ranges:
        name = metric_name(selector.vector_selector) or "?"
        metric_type = find_type(catalogue, name)
        # node_exporter gives what the kernel counts in vmstat, netstat and their like without a type.
        if function in OF_COUNTERS and metric_type not in {"counter", "untyped", None}:
            sentences.append(f"{function}() of {name}, which is a {metric_type}: expected a counter")
        if function in OF_GAUGES and metric_type == "counter":
            sentences.append(f"{function}() of {name}, which is a counter: expected a gauge")
        if function in OF_COUNTERS and selector.range < SHORTEST_WINDOW:
            seconds = selector.range.total_seconds()
            sentences.append(f"{function}() over {seconds:g} s: expected at least 60 s, which is four scrapes")
    return sentences
