"""Our data sources in Grafana, by uid."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from dashboards.grafana.client import Grafana
from dashboards.grafana.owned import is_ours, uid
from vigie.engine.model import Change
from vigie.errors import UsageProblemError

PROMETHEUS = uid("prometheus")
# Without `isDefault`: which data source is the default is the operator's choice, and making ours so would take it away.
COMPARED = ("name", "type", "access", "url", "basicAuth", "jsonData")
KEPT = ("isDefault", "basicAuthUser", "withCredentials", "user", "database")  # an update without them resets them


class Datasources:
    """The kind `data sources`: what of each is declared; secrets are not, and Grafana never shows them."""

    name = "data sources"
    at_once = False

    def __init__(self, grafana: Grafana, prometheus_url: str, scrape_interval_seconds: int) -> None:
        """Take the URL at which Grafana reaches Prometheus; raises UsageProblemError when it holds credentials."""
        if "@" in urlsplit(prometheus_url).netloc:
            raise UsageProblemError("the data source's URL holds credentials, which everybody would see in Grafana")
        self.grafana = grafana
        self.prometheus_url = prometheus_url
        self.scrape_interval_seconds = scrape_interval_seconds

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return the one data source; its interval is what `$__rate_interval` is made of."""
        return {
            PROMETHEUS: {
                "name": PROMETHEUS,
                "type": "prometheus",
                "access": "proxy",
                "url": self.prometheus_url,
                "basicAuth": False,
                "jsonData": {"httpMethod": "POST", "timeInterval": f"{self.scrape_interval_seconds}s"},
            }
        }

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return those that are there; raises ProblemError when Grafana can't be read."""
        found = {key: self._read(key) for key in self.desired()}
        return {key: _comparable(one) for key, one in found.items() if one is not None}

    def undeclared(self) -> dict[str, dict[str, Any]]:
        """Return the other data sources with our uid prefix; raises ProblemError when Grafana can't be read."""
        found = self.grafana.ask(self.grafana.api.datasource.list_datasources)
        wanted = self.desired()
        return {one["uid"]: _comparable(one) for one in found if is_ours(one["uid"]) and one["uid"] not in wanted}

    def write(self, changes: Sequence[Change]) -> None:
        """Create, update or delete a data source; raises ProblemError when Grafana refuses.

        An update replaces all that it does not name by defaults (except secrets), so the rest is read and sent along.
        """
        [change] = changes
        if change.action == "delete":
            self.grafana.find(self.grafana.api.datasource.delete_datasource_by_uid, change.key)
            return
        body = {"uid": change.key, **change.after}
        if change.action == "create":
            self.grafana.ask(self.grafana.api.datasource.create_datasource, body)
            return
        present = self._read(change.key) or {}
        kept = {name: present[name] for name in KEPT if name in present}
        self.grafana.ask(self.grafana.api.datasource.update_datasource_by_uid, change.key, kept | body)

    def _read(self, key: str) -> dict[str, Any] | None:
        return self.grafana.find(self.grafana.api.datasource.get_datasource_by_uid, key)


def _comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer.get(name) for name in COMPARED}
