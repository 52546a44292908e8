"""Fills in the PromQL of charts for one host or container, and names their series."""

from collections.abc import Mapping

from vigie.console.data.prometheus import quote
from vigie.console.queries.charts import Line


def selector(kind: str, labels: Mapping[str, str]) -> str:
    """Return what selects the series of one host or container; `labels` are texts from outside."""
    names = {"host": ("dc", "instance"), "container": ("dc", "instance", "name")}[kind]
    return ", ".join(['job="node"', *(f"{name}={quote(labels.get(name, ''))}" for name in names)])


def fill(expression: str, select: str, window: str) -> str:
    """Return the expression with SELECT and WINDOW filled in; what is filled in is looked at no second time."""
    head, *rest = expression.split("SELECT")
    return head.replace("WINDOW", window) + "".join(select + part.replace("WINDOW", window) for part in rest)


def legend(line: Line, labels: Mapping[str, str]) -> str:
    """Return what a series is called."""
    text = line.legend
    if text.startswith("{"):
        name, _, more = text[1:].partition("}")
        return labels.get(name, "") + more
    return text
