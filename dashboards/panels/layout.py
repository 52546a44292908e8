"""How graphs share the width of a board: rows are full, two or three beside each other."""

from collections.abc import Sequence
from itertools import groupby

COLUMNS = 24  # of Grafana's grid
TIMESERIES_HEIGHT = 8
BARGAUGE_HEIGHT = 12  # ten bars, each below its name


def row_widths(count: int) -> list[int]:
    """Return the columns of that many graphs in their order: pairs first, then threes, and no row with a hole.

    >>> row_widths(5)
    [12, 12, 8, 8, 8]
    """
    if count == 1:
        return [COLUMNS]
    pairs = next((pairs for pairs in (0, 1, 2) if (count - 2 * pairs) % 3 == 0), 0)
    return [COLUMNS // 2] * 2 * pairs + [COLUMNS // 3] * (count - 2 * pairs)


def run_widths(members: Sequence[bool]) -> list[int]:
    """Return for each graph (True) its columns among the graphs beside it, 0 for what has a width of its own."""
    widths: list[int] = []
    for is_graph, run in groupby(members):
        count = len(list(run))
        widths += row_widths(count) if is_graph else [0] * count
    return widths
