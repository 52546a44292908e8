"""Tells which labels the result of a query can have, as Prometheus's engine keeps and drops them."""

from typing import Any

import promql_parser

SCALAR_FUNCTIONS = frozenset({"scalar", "time", "pi"})
SELECTING_AGGREGATIONS = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
OF_LEFT_SIDE = frozenset({"and", "unless"})
WITHOUT_LABELS: frozenset[str] = frozenset()

# None: any label, since it depends on what is scraped.
Labels = frozenset[str] | None


def result_labels(expression: str) -> Labels:
    """Return the labels that a result can have at most, None when that depends on what is scraped.

    Raises ValueError for what does not parse. The rules are those of Prometheus: promql/engine.go, `resultMetric`.
    """
    return _labels(promql_parser.parse(expression))


def _labels(node: Any) -> Labels:
    if isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr | promql_parser.SubqueryExpr):
        return _labels(node.expr)
    if isinstance(node, promql_parser.AggregateExpr):
        return _labels_of_aggregation(node)
    if isinstance(node, promql_parser.BinaryExpr):
        return _labels_of_pair(node)
    if isinstance(node, promql_parser.Call):
        return _labels_of_call(node)
    return WITHOUT_LABELS if _is_scalar(node) else None


def _labels_of_aggregation(node: Any) -> Labels:
    operation, modifier = str(node.op), node.modifier
    if operation in SELECTING_AGGREGATIONS:
        return _labels(node.expr)
    added = {node.param.val} if operation == "count_values" else set()
    if modifier is None:
        return frozenset(added)
    names = frozenset(modifier.labels)
    if modifier.type == promql_parser.AggModifierType.By:
        return names | added
    inner = _labels(node.expr)
    return None if inner is None else (inner - names) | added


def _labels_of_call(node: Any) -> Labels:
    name, arguments = node.func.name, list(node.args)
    if name in SCALAR_FUNCTIONS | {"vector"} or not arguments:
        return WITHOUT_LABELS
    if name in {"absent", "absent_over_time"}:
        return _labels_of_absence(arguments[0])
    vectors = [argument for argument in arguments if not _is_scalar(argument)]
    inner = _labels(vectors[0]) if vectors else WITHOUT_LABELS
    if inner is not None and name in {"label_replace", "label_join"}:
        return inner | {arguments[1].val}
    return inner


def _labels_of_absence(argument: Any) -> Labels:
    """Return what `absent` tells: the labels that its selector holds to one value."""
    selector = getattr(argument, "vector_selector", argument)
    if not isinstance(selector, promql_parser.VectorSelector):
        return WITHOUT_LABELS
    matchers = selector.matchers.matchers
    return frozenset(matcher.name for matcher in matchers if matcher.op == promql_parser.MatchOp.Equal)


def _labels_of_pair(node: Any) -> Labels:
    left, right, operation, modifier = node.lhs, node.rhs, str(node.op), node.modifier
    if _is_scalar(left) or _is_scalar(right):
        return _labels(right if _is_scalar(left) else left)
    if operation in OF_LEFT_SIDE:
        return _labels(left)
    if operation == "or":
        sides = _labels(left), _labels(right)
        return None if None in sides else frozenset().union(*(side for side in sides if side is not None))
    card = modifier.card if modifier else promql_parser.VectorMatchCardinality.OneToOne
    if card == promql_parser.VectorMatchCardinality.OneToOne:
        return _labels_of_equals(_labels(left), modifier.matching if modifier else None)
    many = _labels(left if card == promql_parser.VectorMatchCardinality.ManyToOne else right)
    return None if many is None else many | frozenset(modifier.group_labels or ())


def _labels_of_equals(left: Labels, matching: Any) -> Labels:
    """Return what is left of the left side's labels where one series matches one."""
    if matching is None:
        return left
    names = frozenset(matching.labels)
    if matching.type == promql_parser.LabelModifierType.Include:
        return names if left is None else left & names
    return None if left is None else left - names


def _is_scalar(node: Any) -> bool:
    """Return whether a part is a number or a text, and no vector."""
    if isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        return _is_scalar(node.expr)
    if isinstance(node, promql_parser.BinaryExpr):
        return _is_scalar(node.lhs) and _is_scalar(node.rhs)
    if isinstance(node, promql_parser.Call):
        return node.func.name in SCALAR_FUNCTIONS
    return isinstance(node, promql_parser.NumberLiteral | promql_parser.StringLiteral)
