"""All that pages are made of: each question to Prometheus, Alertmanager or discovery, cached and asked concurrently."""

from typing import Any

from alerting.backtest.limits import Limits
from vigie.console.data import backtests, prometheus
from vigie.console.data.cache import Cache, Pending
from vigie.console.data.prometheus import Range, Sample, Series
from vigie.console.data.settings import Settings
from vigie.core.http.client import HttpClient, Request, patient_for
from vigie.core.settings import Common

BACKTEST_FRESH_SECONDS = 300.0
SILENCES = "silences"
MAX_BYTES = 32 * 2**20  # of an answer; a larger one would take the memory of everybody else


class Sources:
    """The servers behind one cache. Whatever is asked first and read later is fetched at the same time."""

    def __init__(self, settings: Settings, common: Common) -> None:
        timeouts = patient_for(settings.timeout)
        self.cache = Cache(settings.cache_retention)
        # What reads days is kept longer, and two at a time are enough for Prometheus.
        self._backtests = Cache(BACKTEST_FRESH_SECONDS, threads=2)
        self._prometheus = HttpClient(common.prometheus, timeouts, max_bytes=MAX_BYTES)
        self._store = (
            HttpClient(settings.query, timeouts, max_bytes=MAX_BYTES) if settings.query.url else self._prometheus
        )
        self._alertmanager = HttpClient(common.alertmanager, timeouts, max_bytes=MAX_BYTES)
        self._discovery = HttpClient(common.discovery, timeouts, max_bytes=MAX_BYTES)

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

    def backtest(self, question: backtests.Question, limits: Limits) -> Pending[backtests.Answer]:
        """Return when alerts would have fired."""
        key = backtests.key_of(question, limits)
        return self._backtests.ask(key, lambda: backtests.ask(self._store, question, limits))

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
        return self.cache.ask(SILENCES, lambda: self._alertmanager.get_json("/api/v2/silences"))

    def routed_alerts(self) -> Pending[Any]:
        """Return the alerts that Alertmanager has, with what silences or inhibits them."""
        return self.cache.ask("alerts", lambda: self._alertmanager.get_json("/api/v2/alerts"))

    def targets(self) -> Pending[Any]:
        """Return what discovery knows: `datacenters`, `targets`, `refused`."""
        return self.cache.ask("targets", lambda: self._discovery.get_json("/targets.json"))

    def silence(self, body: Any) -> None:
        """Add a silence; raise FetchError."""
        self._alertmanager.request(Request("POST", "/api/v2/silences", body=body))
        self._drop_silences()

    def end_silence(self, identity: str) -> None:
        """End the silence with this id, made of letters, digits and dashes; raise FetchError."""
        self._alertmanager.request(Request("DELETE", f"/api/v2/silence/{identity}"))
        self._drop_silences()

    def close(self) -> None:
        """End the threads and their connections."""
        self.cache.close()
        self._backtests.close()
        for server in (self._prometheus, self._store, self._alertmanager, self._discovery):
            server.close()

    def _drop_silences(self) -> None:
        for key in (SILENCES, "alerts"):
            self.cache.drop(key)
