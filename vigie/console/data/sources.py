"""All that pages are made of: each question to Prometheus, Alertmanager or discovery, cached and asked concurrently."""

from typing import Any

import msgspec

from vigie.console.data import prometheus
from vigie.console.data.cache import Cache, Pending
from vigie.console.data.prometheus import Range, Sample, Series
from vigie.console.data.settings import Settings
from vigie.console.data.upstream import SourceError, Upstream
from vigie.core.settings import Common

SILENCES = "silences"


class Sources:
    """The servers behind one cache. Whatever is asked first and read later is fetched at the same time."""

    def __init__(self, settings: Settings, common: Common) -> None:
        seconds = settings.timeout
        self.cache = Cache(settings.cache_retention)
        self._prometheus = Upstream("Prometheus", common.prometheus_url, seconds)
        self._store = Upstream("The store", settings.query_url, seconds) if settings.query_url else self._prometheus
        self._alertmanager = Upstream("Alertmanager", common.alertmanager_url, seconds)
        self._discovery = Upstream("discovery", common.discovery_url, seconds)

    def query(self, expression: str) -> Pending[list[Sample]]:
        """Return what an expression is now."""
        return self.cache.ask(("query", expression), lambda: prometheus.query(self._store, expression))

    def query_range(self, expression: str, over: Range) -> Pending[list[Series]]:
        """Return what an expression was."""
        return self.cache.ask(("over", expression, over), lambda: prometheus.query_range(self._store, expression, over))

    def rules(self) -> Pending[Any]:
        """Return Prometheus's rule groups with the alerts that are pending or fire."""
        path = "/api/v1/rules"
        return self.cache.ask(path, lambda: prometheus.data(self._prometheus, path, {"type": "alert"}))

    def metadata(self) -> Pending[Any]:
        """Return type, help and unit of every metric."""
        path = "/api/v1/metadata"
        return self.cache.ask(path, lambda: prometheus.data(self._prometheus, path, {"limit_per_metric": "1"}))

    def scrapes(self) -> Pending[Any]:
        """Return the targets that Prometheus scrapes, with their last error."""
        path = "/api/v1/targets"
        return self.cache.ask(path, lambda: prometheus.data(self._prometheus, path, {"state": "active"}))

    def silences(self) -> Pending[Any]:
        """Return Alertmanager's silences."""
        return self.cache.ask(SILENCES, lambda: _json(self._alertmanager, "/api/v2/silences"))

    def routed_alerts(self) -> Pending[Any]:
        """Return the alerts that Alertmanager has, with what silences or inhibits them."""
        return self.cache.ask("alerts", lambda: _json(self._alertmanager, "/api/v2/alerts"))

    def targets(self) -> Pending[Any]:
        """Return what discovery knows: `datacenters`, `targets`, `refused`."""
        return self.cache.ask("targets", lambda: _json(self._discovery, "/targets.json"))

    def silence(self, body: Any) -> None:
        """Add a silence; raise SourceError."""
        self._alertmanager.send("POST", "/api/v2/silences", body)
        self._drop_silences()

    def end_silence(self, identity: str) -> None:
        """End the silence with this id, made of letters, digits and dashes; raise SourceError."""
        self._alertmanager.send("DELETE", f"/api/v2/silence/{identity}")
        self._drop_silences()

    def close(self) -> None:
        """End the threads and their connections."""
        self.cache.close()
        for server in (self._prometheus, self._store, self._alertmanager, self._discovery):
            server.close()

    def _drop_silences(self) -> None:
        for key in (SILENCES, "alerts"):
            self.cache.drop(key)


def _json(server: Upstream, path: str) -> Any:
    try:
        return msgspec.json.decode(server.get(path))
    except msgspec.DecodeError as error:
        raise SourceError(f"{server.product} answered what is no JSON: is its address right?") from error
