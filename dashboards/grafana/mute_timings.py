"""Our mute timings in Grafana, by name."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dashboards.grafana.client import Grafana
from dashboards.grafana.uids import is_ours
from vigie.reconcile.model import Change

MUTE_TIMINGS = "/v1/provisioning/mute-timings"
Intervals = list[dict[str, Any]]


class MuteTimings:
    """The resource `mute timings`: the intervals of each, in Alertmanager's words."""

    name = "mute timings"
    is_atomic = False
    relies_on = frozenset[str]()

    def __init__(self, grafana: Grafana, mute_timings: Mapping[str, Intervals]) -> None:
        """Take the declared intervals by name."""
        self.grafana = grafana
        self.mute_timings = mute_timings

    def desired(self) -> dict[str, Intervals]:
        """Return the intervals."""
        return dict(self.mute_timings)

    def actual(self) -> dict[str, Intervals]:
        """Return the intervals that are there; raises ProblemError when Grafana can't be read."""
        if not self.mute_timings:
            return {}
        return {name: intervals for name, intervals in self._list().items() if name in self.mute_timings}

    def orphans(self) -> dict[str, Intervals]:
        """Return the others with our prefix; raises ProblemError when Grafana can't be read."""
        ours = {name: intervals for name, intervals in self._list().items() if is_ours(name)}
        return {name: intervals for name, intervals in ours.items() if name not in self.mute_timings}

    def write(self, changes: Sequence[Change]) -> None:
        """Create, replace or delete a mute timing; raises ProblemError when Grafana refuses."""
        [change] = changes
        client, path = self.grafana.api.client, f"{MUTE_TIMINGS}/{quote(change.key, safe='')}"
        body = {"name": change.key, "time_intervals": change.after}
        if change.action == "delete":
            self.grafana.find(client.DELETE, path)
        elif change.action == "create":
            self.grafana.create(client.POST, MUTE_TIMINGS, json=body)
        else:
            self.grafana.ask(client.PUT, path, json=body)

    def _list(self) -> dict[str, Intervals]:
        answers = self.grafana.ask(self.grafana.api.client.GET, MUTE_TIMINGS)
        return {answer["name"]: answer["time_intervals"] for answer in answers}
