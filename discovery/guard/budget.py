"""How many targets may go: a share of the job and of all in a window of time, net of those that came."""

from collections import Counter
from collections.abc import Iterable, Mapping

from discovery.guard.state import Entry, Limits, State, count_targets


class Budget:
    """What may go at one moment, of a state that stays as it is meanwhile.

    Who came within the window and goes again, a few at a time, is no shrink: a job of short-lived instances has its
    budget for those that lasted. Many of them at once are an accident like any other.
    """

    def __init__(self, state: State, now: float, limits: Limits) -> None:
        self._state, self._limits = state, limits
        self._window_start = now - limits.shrink_window_seconds
        self._removed: Counter[str] = Counter()
        for removal in state.removals:
            if removal.at > self._window_start:
                self._removed[removal.service] += removal.count
        self._total = count_targets(state)

    def charges(self, going: Mapping[str, list[Entry]]) -> dict[str, int]:
        """Return how many of those that go count against the budget, by service."""
        short_lived = {name: self._count_young(entries) for name, entries in going.items()}
        if sum(short_lived.values()) > max(self._limits.minimum, self._limits.all_share * self._total):
            return {name: len(entries) for name, entries in going.items()}
        return {
            name: len(entries) - (short_lived[name] if short_lived[name] <= self._allowed_young(name, entries) else 0)
            for name, entries in going.items()
        }

    def _allowed_young(self, service: str, going: list[Entry]) -> float:
        """Return how many that came within the window may go: a few, or as many as came after them and are there."""
        youngest = max((entry.added_at for entry in going), default=0)
        entries = self._state.services[service].values()
        followers = sum(entry.status == "seen" and entry.added_at > youngest for entry in entries)
        return max(self._allowed(service, 0), followers)

    def fits_job(self, service: str, charge: int) -> bool:
        """Return whether `charge` more targets of a service may go in this window, as far as its own share counts."""
        gone = self._net_removals(service)
        more = self._net_of_additions(service, charge)
        return more <= 0 or gone + more <= self._allowed(service, gone)

    def fits_all(self, charges: Mapping[str, int]) -> bool:
        """Return whether so many more of each service may go in this window, as far as the share of all counts."""
        gone = sum(map(self._net_removals, self._removed))
        allowed = max(self._limits.minimum, self._limits.all_share * (self._total + gone))
        more = sum(max(0, self._net_of_additions(service, charge)) for service, charge in charges.items())
        return more <= 0 or gone + more <= allowed

    def _allowed(self, service: str, gone: int) -> float:
        """Return the budget of a job; what has gone counts into its size: one by one, no more go than at once."""
        return max(self._limits.minimum, self._limits.job_share * (len(self._state.services[service]) + gone))

    def _net_of_additions(self, service: str, charge: int) -> int:
        """Return how many of `charge` no addition makes up for."""
        return charge - max(0, self._count_added(service) - self._removed[service])

    def _net_removals(self, service: str) -> int:
        """Return how many more targets of a service went than came in this window."""
        return max(0, self._removed[service] - self._count_added(service))

    def _count_added(self, service: str) -> int:
        """Return how many came in this window and are still there: what came and went makes up for nothing."""
        entries = self._state.services.get(service, {}).values()
        return self._count_young(entry for entry in entries if entry.status == "seen")

    def _count_young(self, entries: Iterable[Entry]) -> int:
        return sum(entry.added_at > self._window_start for entry in entries)
