"""What a collector is: one file of `exporter/collectors/`, named as the metrics that it gives."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec

from exporter.base.roots import Roots
from exporter.exposition.text import Sample, render


class NotApplicableError(Exception):
    """The host lacks what this collector measures; the message says what is absent. Not a failure."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """A collector's options, `--collector.<name>.<option>`; the base has none."""


class Collector:
    """Reads one thing at each scrape.

    A subclass gives `collect`, or `page` where the text is made by a `Block`. Both raise NotApplicableError when
    there is nothing to measure, and let OSError and ValueError go: the runner counts them, and the rest of the page
    is whole. Its constructor names by type what it needs beside the roots: see `exporter.base.supplies`.
    """

    enabled_by_default: ClassVar[bool] = True
    options_type: ClassVar[type[Options]] = Options

    def __init__(self, roots: Roots, options: Any = None) -> None:
        self.roots = roots
        self.options: Any = options if options is not None else self.options_type()

    def collect(self) -> Iterable[Sample]:
        """Return this scrape's samples."""
        raise NotImplementedError

    def page(self) -> bytes:
        """Return this scrape's part of the page."""
        return render(self.collect())

    def close(self) -> None:
        """Give back what is kept between scrapes."""


class LastCollector(Collector):
    """A collector that runs after all others, because its part of the page depends on theirs."""

    def page(self) -> bytes:
        """Return this scrape's part of a page that has nothing else."""
        return self.page_after(bytes)

    def page_after(self, rest: Callable[[], bytes]) -> bytes:
        """Return this scrape's part of the page, of which `rest()` is all the rest."""
        raise NotImplementedError
