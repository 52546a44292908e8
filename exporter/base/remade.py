"""Stands in for a collector whose constructor raised: the program runs, and the collector is tried again."""

import re
from collections.abc import Callable

from exporter.base.collector import Collector, LastCollector
from exporter.base.roots import Roots
from vigie.core.errors import ProblemError

Make = Callable[[], Collector]


class Remade(Collector):
    """Makes the collector again at each scrape until that works; until then its failure is the runner's to tell."""

    def __init__(self, make: Make) -> None:
        super().__init__(Roots())
        self._make = make
        self._made: Collector | None = None

    def page(self) -> bytes:
        """Return the collector's part of the page; raise what its constructor or its page raises."""
        return self._collector().page()

    def close(self) -> None:
        """Give back what the collector keeps, if it was made."""
        if self._made is not None:
            self._made.close()

    def _collector(self) -> Collector:
        if self._made is None:
            self._made = self._make()
        return self._made


class RemadeLast(Remade, LastCollector):
    """A `Remade` that runs after all others."""

    def page(self) -> bytes:
        """Return this scrape's part of a page that has nothing else."""
        return self.page_after(bytes)

    def page_after(self, rest: Callable[[], bytes]) -> bytes:
        """Return the collector's part of the page, of which `rest()` is all the rest."""
        collector = self._collector()
        assert isinstance(collector, LastCollector)
        return collector.page_after(rest)


def make_or_stand_in(make: Make, *, is_last: bool) -> Collector:
    """Return what `make` makes, or what will try again when that raises.

    A wrong setting is the operator's to mend before the start: ProblemError and re.error go through.
    """
    try:
        return make()
    except (ProblemError, re.error):
        raise
    except Exception:  # noqa: BLE001 - whatever a constructor raises costs its own collector only
        return RemadeLast(make) if is_last else Remade(make)
