"""Our time intervals in Grafana, which it calls mute timings, by name."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dashboards.grafana.client import Grafana
from dashboards.grafana.owned import is_ours
from vigie.reconcile.model import Change

TIMINGS = "/v1/provisioning/mute-timings"
Intervals = list[dict[str, Any]]


class Timings:
    """The resource `mute timings`: the intervals of each, in Alertmanager's words."""

    name = "mute timings"
    is_atomic = False

    def __init__(self, grafana: Grafana, timings: Mapping[str, Intervals]) -> None:
        """Take the wanted intervals by name."""
        self.grafana = grafana
        self.timings = timings

    def desired(self) -> dict[str, Intervals]:
        """Return the intervals."""
        return dict(self.timings)

    def actual(self) -> dict[str, Intervals]:
        """Return the intervals that are there; raises ProblemError when Grafana can't be read."""
        return {name: one for name, one in self._list().items() if name in self.timings} if self.timings else {}

    def orphans(self) -> dict[str, Intervals]:
        """Return the others with our prefix; raises ProblemError when Grafana can't be read."""
        return {name: one for name, one in self._list().items() if is_ours(name) and name not in self.timings}

    def write(self, changes: Sequence[Change]) -> None:
        """Create, replace or delete a timing; raises ProblemError when Grafana refuses."""
        [change] = changes
        client, path = self.grafana.api.client, f"{TIMINGS}/{quote(change.key, safe='')}"
        body = {"name": change.key, "time_intervals": change.after}
        if change.action == "delete":
            self.grafana.find(client.DELETE, path)
        elif change.action == "create":
            self.grafana.ask(client.POST, TIMINGS, json=body)
        else:
            self.grafana.ask(client.PUT, path, json=body)

    def _list(self) -> dict[str, Intervals]:
        return {one["name"]: one["time_intervals"] for one in self.grafana.ask(self.grafana.api.client.GET, TIMINGS)}
