"""How graphs share the width of a board: rows are full, two or three beside each other."""

from collections.abc import Sequence

COLUMNS = 24  # of Grafana's grid
GRAPH_HEIGHT = 8
BARS_HEIGHT = 12  # ten bars, each below its name


def widths(count: int) -> list[int]:
    """Return the columns of that many graphs in their order: pairs first, then threes, and no row with a hole.

    >>> widths(5)
    [12, 12, 8, 8, 8]
    """
    if count == 1:
        return [COLUMNS]
    pairs = next((pairs for pairs in (0, 1, 2) if (count - 2 * pairs) % 3 == 0), 0)
    return [COLUMNS // 2] * 2 * pairs + [COLUMNS // 3] * (count - 2 * pairs)


def runs(members: Sequence[bool]) -> list[int]:
    """Return for each graph (True) its columns among the graphs beside it, 0 for what has a width of its own."""
    found: list[int] = []
    for is_graph in [*members, False]:
        if is_graph:
            found.append(-1)
            continue
        open_ones = found.count(-1)
        found = [one for one in found if one != -1] + widths(open_ones) if open_ones else found
        found.append(0)
    return found[:-1]
