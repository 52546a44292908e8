"""What a collector is: one file of `exporter/collectors/`, named as the metrics that it gives."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec

from exporter.base.host import Host
from exporter.exposition.text import Sample, render


class NotApplicableError(Exception):
    """The host lacks what this collector measures; the message says what is absent. Not a failure."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """A collector's options, `--collector.<name>.<option>`; the base has none."""


class Collector:
    """Reads one thing at each scrape.

    A subclass gives `collect`, or `page` where the text is made by a `Block`. Both raise NotApplicableError when
    there is nothing to measure, and let OSError and ValueError go: the runner counts them, and the rest of the page
    is whole.
    """

    enabled_by_default: ClassVar[bool] = True
    comes_last: ClassVar[bool] = False  # then `page_after` is asked, with what the others gave
    options_type: ClassVar[type[Options]] = Options

    def __init__(self, host: Host, options: Any = None) -> None:
        self.host = host
        self.options: Any = options if options is not None else self.options_type()

    def collect(self) -> Iterable[Sample]:
        """Return this scrape's samples."""
        raise NotImplementedError

    def page(self) -> bytes:
        """Return this scrape's part of the page."""
        return render(self.collect())

    def page_after(self, rest: Callable[[], bytes]) -> bytes:  # noqa: ARG002 - for those that come last
        """Return this scrape's part of the page, of which `rest()` is all the rest."""
        return self.page()

    def close(self) -> None:
        """Give back what is kept between scrapes."""
