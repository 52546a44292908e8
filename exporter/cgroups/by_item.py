"""A container's groups read item by item: the way that is taken when the short one has met something strange."""

from collections.abc import Mapping

from exporter.cgroups import parse
from exporter.cgroups.files import GroupFile
from exporter.container_families import families as f
from exporter.container_families.rows import Number, Rows
from exporter.parsing.items import UNREADABLE, item, skip
from exporter.parsing.numbers import whole

# What says that the group is gone, and with it all that could be read of it.
GONE = (FileNotFoundError, ProcessLookupError)
Numbers = Mapping[bytes, int]


def read_number(file: GroupFile) -> int:
    """Return the one number of a file; raise OSError, ValueError."""
    return whole(file.read().strip(b" \n"))


def read_numbers(file: GroupFile | None, place: str) -> Numbers:
    """Return the numbers of a file by their names, nothing when there is no file; raise OSError when it is gone."""
    if file is not None:
        with item(place, GONE):
            return parse.pairs(file.read())
    return {}


class ByItem:
    """Adds each series of a group by itself; `place` is the group's."""

    def __init__(self, rows: Rows, place: str) -> None:
        self._rows = rows
        self._place = place

    def add(self, key: f.Key, numbers: Numbers, name: bytes, divisor: int = 1) -> None:
        """Add a number of these, by its name; one that is not there is skipped."""
        if name in numbers:
            self._rows.add((key,), (_divide(numbers[name], divisor),))
        else:
            skip(f"{self._place}, {key[0].name}", f"expected a line `{name.decode()}` with a number")

    def add_number(self, key: f.Key, file: GroupFile | None) -> int | None:
        """Add the number of a file, if there is one, and return it."""
        if file is None:
            return None
        try:
            value = read_number(file)
        except GONE:
            raise
        except UNREADABLE as error:
            skip(f"{self._place}, {key[0].name}", error)
            return None
        self._rows.add((key,), (value,))
        return value


def _divide(value: int, divisor: int) -> Number:
    return value if divisor == 1 else value / divisor
