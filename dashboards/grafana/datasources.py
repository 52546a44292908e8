"""Our data sources in Grafana, by uid."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from dashboards.grafana.client import Grafana
from dashboards.grafana.owned import uid
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
        return {key: {name: one.get(name) for name in COMPARED} for key, one in found.items() if one is not None}

    def write(self, changes: Sequence[Change]) -> None:
        """Create or update a data source; raises ProblemError when Grafana refuses.

        An update replaces all that it does not name by defaults (except secrets), so the rest is read and sent along.
        """
        [change] = changes
        body = {"uid": change.key, **change.after}
        if change.action == "create":
            self.grafana.ask(self.grafana.api.datasource.create_datasource, body)
            return
        present = self._read(change.key) or {}
        kept = {name: present[name] for name in KEPT if name in present}
        self.grafana.ask(self.grafana.api.datasource.update_datasource_by_uid, change.key, kept | body)

    def _read(self, key: str) -> dict[str, Any] | None:
        return self.grafana.find(self.grafana.api.datasource.get_datasource_by_uid, key)
