"""Asks Prometheus who has how many series, now, a day and a week ago."""

from typing import Any

from alerting.budgets.budgets import Budgets
from vigie.console.usage.report import LABELS, Answers, Report, Usage, metrics, usages
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.settings import ServerAccess

KEPT = "scrape_samples_post_metric_relabeling"
WINDOW_SECONDS = 300


def read(access: ServerAccess, timeout_seconds: float, budgets: Budgets) -> Report:
    """Return the report of the first Prometheus that answers; raise ProblemError when none does."""
    with HttpClient(access, patient_for(timeout_seconds)) as server:
        try:
            return _report(server, budgets)
        except (KeyError, TypeError, ValueError) as error:
            raise server.unexpected(f"not as Prometheus does: {error!r}") from error


def _report(server: HttpClient, budgets: Budgets) -> Report:
    rows: list[Usage] = []
    for scope, labels in LABELS.items():
        by = f"sum by ({', '.join(labels)})" if labels else "sum"
        rate = f"{by} (sum_over_time({KEPT}[{WINDOW_SECONDS}s])) / {WINDOW_SECONDS}"
        queries = (f"{by} ({KEPT})", rate, f"{by} ({KEPT} offset 1d)", f"{by} ({KEPT} offset 1w)")
        rows += usages(scope, Answers(*(_vector(server, query) for query in queries)), budgets)
    return Report(tuple(rows), metrics(server.get_json("/api/v1/status/tsdb")["data"]))


def _vector(server: HttpClient, query: str) -> Any:
    return server.get_json("/api/v1/query", query=query)["data"]["result"]
