"""The order of lists: `sort=cpu` or `sort=-cpu` in the address."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar


class _Row(Protocol):
    @property
    def values(self) -> Mapping[str, float]:
        """The numbers by name."""


R = TypeVar("R", bound=_Row)


class Sort(NamedTuple):
    """By which column rows are sorted, and whether the highest comes first."""

    column: str
    is_descending: bool


def parse(text: str, columns: Iterable[str], default: str) -> Sort:
    """Return the order that `cpu` or `-cpu` asks for, that of `default` when it is none of the columns."""
    order = text if text.removeprefix("-") in columns else default
    return Sort(order.removeprefix("-"), order.startswith("-"))


def by_value(rows: Iterable[R], by: Sort) -> list[R]:
    """Return the rows by a number; those without it come last either way."""
    rows = list(rows)
    valued = [row for row in rows if by.column in row.values]
    valued.sort(key=lambda row: row.values[by.column], reverse=by.is_descending)
    return valued + [row for row in rows if by.column not in row.values]


def by_key(rows: Iterable[R], by: Sort, key: Callable[[R], Any]) -> list[R]:
    """Return the rows by what `key` makes of them."""
    return sorted(rows, key=key, reverse=by.is_descending)
