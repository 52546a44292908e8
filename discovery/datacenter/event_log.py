"""Counts and logs what happened to targets: each service's own line, as long as they are few."""

from collections import Counter
from collections.abc import Iterable, Mapping

import structlog

from discovery.guard.state import Event
from discovery.metrics.counters import Counters
from discovery.targets.target import Key

log = structlog.get_logger()

LOGGED_EVENTS = 20  # of one kind at a time
REMOVING = frozenset(("removed", "expired", "dropped", "spot_dead", "deselected", "released"))
WARNINGS = frozenset(("held", "lost", "frozen"))


class EventLog:
    """What happened to the targets of one datacenter."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._told_displaced: Mapping[Key, str] = {}

    def tell(self, events: Iterable[Event], dc: str, frozen: str | None) -> int:
        """Count and log events; return how many targets went."""
        count_gone = 0
        logged: Counter[str] = Counter()
        for event in events:
            if event.kind in REMOVING:
                self._counters.removed.labels(event.kind).inc(event.count)
                count_gone += event.count
            logged[event.kind] += 1
            if logged[event.kind] <= LOGGED_EVENTS:
                write = log.warning if event.kind in WARNINGS else log.info
                write(f"targets {event.kind}", dc=dc, service=event.service, count=event.count, frozen=frozen)
        for kind, count in logged.items():
            if count > LOGGED_EVENTS:
                more = count - LOGGED_EVENTS
                log.warning("of more services than are listed", what=kind, dc=dc, more_services=more)
        return count_gone

    def tell_displaced(self, displaced: Mapping[Key, str]) -> None:
        """Count and log each target that has lost its address since."""
        if displaced is self._told_displaced:
            return
        for key in sorted(displaced.keys() - self._told_displaced.keys()):
            self._counters.refused.labels("displaced").inc()
            log.warning("target displaced: its address is another's", key="/".join(key), other=displaced[key])
        self._told_displaced = displaced
