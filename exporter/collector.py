"""What a collector is: one file of `exporter/collectors/`, named as the metrics that it gives."""

import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec

from exporter.host import Host
from exporter.text import Sample, render


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


def compile_expression(pattern: str) -> re.Pattern[str]:
    """Return the compiled expression; raise re.error, also for `[[:alpha:]]`, which Go knows and Python misreads."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        try:
            return re.compile(pattern)
        except FutureWarning as error:
            raise re.error(str(error), pattern) from error


REMEMBERED_NAMES = 10_000  # devices come and go by the thousand where containers do


class Filter:
    """Which names are wanted: node_exporter's pair of `include` and `exclude` expressions."""

    def __init__(self, exclude: str = "", include: str = "") -> None:
        self._exclude = compile_expression(exclude) if exclude else None
        self._include = compile_expression(include) if include else None
        self._known: dict[str, bool] = {}

    def accepts(self, name: str) -> bool:
        """Return whether no exclusion matches `name` and the inclusion, when there is one, does."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= REMEMBERED_NAMES:
                self._known.clear()
            known = self._known[name] = self._judge(name)
        return known

    def _judge(self, name: str) -> bool:
        if self._exclude is not None and self._exclude.search(name):
            return False
        return self._include is None or self._include.search(name) is not None
