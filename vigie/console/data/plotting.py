"""Makes of series what a chart in a browser takes: one list of times, and for each line its values or nulls."""

from collections.abc import Iterable, Sequence
from typing import Any

from vigie.console.data.prometheus import Range, Series, finite

MOST_LINES = 30


def align(named: Sequence[tuple[str, Series]], over: Range) -> dict[str, Any]:
    """Return `times`, `names` and `lines`; more lines than can be told apart are cut, and `cut` counts them."""
    count = int((over.end - over.start) / over.step) + 1
    times = [over.start + index * over.step for index in range(count)]
    shown = named[:MOST_LINES]
    return {
        "times": times,
        "names": [name for name, _ in shown],
        "lines": [_values(series.points, over, count) for _, series in shown],
        "cut": len(named) - len(shown),
    }


def _values(points: Iterable[tuple[float, float]], over: Range, count: int) -> list[float | None]:
    values: list[float | None] = [None] * count
    for at, value in points:
        index = round((at - over.start) / over.step)
        if 0 <= index < count:
            number = finite(value)
            values[index] = None if number is None else float(f"{number:.6g}")
    return values


def name_series(every: Sequence[Series]) -> list[str]:
    """Return what to call series that are drawn together: the labels in which they differ, all of one alone."""
    if len(every) == 1:
        return [series_name(every[0].labels.items())]
    common = set.intersection(*(set(series.labels.items()) for series in every)) if every else set()
    return [series_name(item for item in series.labels.items() if item not in common) for series in every]


def series_name(labels: Iterable[tuple[str, str]]) -> str:
    """Return a series as PromQL writes it."""
    rest = dict(labels)
    name = rest.pop("__name__", "")
    inner = ", ".join(f'{key}="{value}"' for key, value in sorted(rest.items()))
    return f"{name}{{{inner}}}" if inner or not name else name
