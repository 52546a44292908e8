"""Which instances are missing at which index, and of which services Consul hides a part without saying so."""

from discovery.consul.absences import Absence
from discovery.consul.updates import ProbeResult
from discovery.datacenter.keeper import Keeper

# Of more, the budget holds most.
MOST_SERVICES = 20
MOST_INSTANCES = 50  # of one service


class AbsenceWatch:
    """Looks at what a keeper misses."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._complete_at: dict[str, int] = {}  # the index at which a service had all that is kept of it
        self._hidden: set[str] = set()

    def note_read(self, service: str, index: int) -> None:
        """Note that a service was read at an index."""
        entries = self._keeper.state.services.get(service, {})
        if not entries:
            self._complete_at.pop(service, None)
        elif all(entry.status == "seen" for entry in entries.values()):
            self._complete_at[service] = index

    def absences(self) -> tuple[Absence, ...]:
        """Return what is missing and waits for its judgement, as far as it may be told from what is hidden."""
        missing: dict[str, set[tuple[str, str]]] = {}
        for service, entries in self._keeper.state.services.items():
            for (_, node, identifier), entry in entries.items():
                if entry.status == "missing" and service in self._complete_at:
                    missing.setdefault(service, set()).add((node, identifier))
        return tuple(
            Absence(service, self._complete_at[service], frozenset(instances))
            for service, instances in list(missing.items())[:MOST_SERVICES]
            if len(instances) <= MOST_INSTANCES
        )

    def judge(self, result: ProbeResult) -> ProbeResult:
        """Return a probe's result, which freezes while anything that was hidden is still to be seen again."""
        self._hidden |= result.hidden
        self._hidden = {service for service in self._hidden if self._is_missing(service)}
        return result._replace(freeze_reason="filtered") if self._hidden and not result.freeze_reason else result

    def accept(self) -> None:
        """Take what is hidden for gone: an operator says so."""
        self._hidden.clear()

    def _is_missing(self, service: str) -> bool:
        entries = self._keeper.state.services.get(service, {}).values()
        return any(entry.status in {"missing", "held", "unread"} for entry in entries)
