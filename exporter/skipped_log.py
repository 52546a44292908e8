"""Tells of each item that a collector left out once, and again only when the reason is another."""

import re

import structlog

from exporter.parsing.items import Skipped

log = structlog.get_logger()
REMEMBERED_PLACES = 200  # of each collector; the oldest are forgotten
DIGITS = re.compile(r"[0-9]+")


class SkippedLog:
    """Remembers what was told of each collector, a bounded number of places."""

    def __init__(self) -> None:
        self._reasons: dict[str, dict[str, str]] = {}

    def tell(self, collector: str, skipped: Skipped) -> None:
        """Log the items that are new, or that fail for a reason that differs in more than a number."""
        known = self._reasons.setdefault(collector, {})
        for place, reason in skipped.reasons.items():
            kind = DIGITS.sub("0", reason)
            if known.pop(place, None) != kind:
                log.warning("item left out", collector=collector, place=place, reason=reason)
            known[place] = kind  # the latest at the end
        for place in list(known)[: max(0, len(known) - REMEMBERED_PLACES)]:
            del known[place]
