"""Items that can't be read or understood: each costs itself alone, is counted, and is told by its place.

A collector yields what it can. Whatever of it fails (a line, a field, a device, a file) it hands to `skip`, or wraps
in `item`; the runner counts what was skipped and logs it once. Nothing is paid for as long as nothing fails.
"""

import struct
import threading
from types import TracebackType
from typing import Self

# What reading and parsing raise. Other errors are our own mistakes and cost the collector.
UNREADABLE = (OSError, ValueError, LookupError, OverflowError, struct.error)
MOST_PLACES = 50
REASON_CHARACTERS = 300


class Skipped:
    """What one collector left out in one scrape: how many items, and of the first ones the place and the reason."""

    def __init__(self) -> None:
        self.count = 0
        self.reasons: dict[str, str] = {}
        self._outer: Skipped | None = None

    def add(self, place: object, reason: object) -> None:
        """Count an item, and keep its reason while there is room."""
        self.count += 1
        if len(self.reasons) < MOST_PLACES:
            self.reasons.setdefault(str(place)[:REASON_CHARACTERS], _describe(reason)[:REASON_CHARACTERS])

    def __enter__(self) -> Self:
        """Take what is skipped from now on, instead of what is counted now: for what is kept between scrapes."""
        self._outer = _scrape.skipped
        _scrape.skipped = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the outer one count again."""
        _scrape.skipped = self._outer

    def repeat(self) -> None:
        """Skip all of it again: what is parsed once and shown at each scrape is left out of each."""
        if self.count and _scrape.skipped is not None:
            outer = _scrape.skipped
            outer.count += self.count - len(self.reasons)
            for place, reason in self.reasons.items():
                outer.add(place, reason)


class _Scrape(threading.local):
    """What this thread's collector has skipped so far; collectors run one after the other on a thread."""

    skipped: Skipped | None = None


_scrape = _Scrape()


def begin() -> Skipped:
    """Count for the collector that this thread runs next; return what it will skip."""
    skipped = _scrape.skipped = Skipped()
    return skipped


def skip(place: object, reason: object) -> None:
    """Leave one item out: `place` names it alike at each scrape, `reason` is the error, or what was expected."""
    if _scrape.skipped is not None:
        _scrape.skipped.add(place, reason)


class item:  # noqa: N801 - reads as the statement that it is
    """`with item(place):` an item that is skipped when it can't be read or understood."""

    __slots__ = ("_place", "_through")

    def __init__(self, place: object, through: tuple[type[Exception], ...] = ()) -> None:
        """Take the item's place, and what is raised all the same: what says that more than the item is gone."""
        self._place = place
        self._through = through

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Skip the item when its block raised what reading and parsing raise."""
        if not isinstance(error, UNREADABLE) or isinstance(error, self._through):
            return False
        skip(self._place, error)
        return True


def _describe(reason: object) -> str:
    if isinstance(reason, ValueError | struct.error):
        return str(reason)
    return f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else str(reason)
