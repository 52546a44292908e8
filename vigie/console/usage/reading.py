"""Asks Prometheus who has how many series, now, a day and a week ago."""

from collections.abc import Sequence
from typing import Any

from alerting.budgets.budgets import Budgets
from vigie.console.usage.report import LABELS, Answers, Report, Usage, metrics, usages
from vigie.core.errors import ProblemError
from vigie.core.http.asking import Server, TroubleError, shown

KEPT = "scrape_samples_post_metric_relabeling"
WINDOW_SECONDS = 300


def read(urls: Sequence[str], timeout_seconds: float, budgets: Budgets) -> Report:
    """Return the report of the first Prometheus that answers; raise ProblemError when none does."""
    failures = []
    for url in urls:
        try:
            with Server(url, timeout_seconds) as server:
                return _report(server, budgets)
        except TroubleError as error:
            failures.append(error.trouble.cause(f"Prometheus at {shown(url)}"))
        except (KeyError, TypeError, ValueError) as error:
            raise ProblemError(f"{shown(url)} does not answer as Prometheus does: {error!r}") from error
    raise ProblemError("; ".join(failures) + ": name it by --prometheus-url")


def _report(server: Server, budgets: Budgets) -> Report:
    rows: list[Usage] = []
    for scope, labels in LABELS.items():
        by = f"sum by ({', '.join(labels)})" if labels else "sum"
        rate = f"{by} (sum_over_time({KEPT}[{WINDOW_SECONDS}s])) / {WINDOW_SECONDS}"
        queries = (f"{by} ({KEPT})", rate, f"{by} ({KEPT} offset 1d)", f"{by} ({KEPT} offset 1w)")
        rows += usages(scope, Answers(*(_vector(server, query) for query in queries)), budgets)
    return Report(tuple(rows), metrics(server.json("/api/v1/status/tsdb")["data"]))


def _vector(server: Server, query: str) -> Any:
    return server.json("/api/v1/query", query=query)["data"]["result"]
