"""PromQL as boards write it: which series a board looks at, and what one panel asks."""

import string
from typing import NamedTuple

DATASOURCE = "${datasource}"  # each board lets its reader choose the Prometheus server
RATE = "$__rate_interval"  # at least four scrapes, and never narrower than a pixel


class Query(NamedTuple):
    """An expression and how its series are called; `instant` asks for the present only."""

    expression: str
    legend: str = ""
    instant: bool = False


def reference(index: int) -> str:
    """Return the refId of a panel's query by its position: A, B, C."""
    return string.ascii_uppercase[index]
