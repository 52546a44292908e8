"""Compares again and again, and shows on `/metrics` what is not as declared."""

import signal
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import flask
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client import Counter as CounterMetric

from vigie.core.web_config import serving
from vigie.core.web_config.gate import Gate
from vigie.core.web_config.gated import gated

THREADS = 2
OPEN = frozenset({"/-/healthy"})  # says nothing, and a supervisor has no password
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
log = structlog.get_logger()


class Comparison(NamedTuple):
    """How many objects of each resource of one target are not as declared; or why comparing it failed."""

    target: str
    objects: Mapping[str, int]
    problem: str = ""


class PageAddress(NamedTuple):
    """HOST:PORT of the page, and the `web.config.file` that it lies behind, if any."""

    listen_address: str
    web_config_file: Path | None = None


class Metrics:
    """The page of `vigie provision drift --watch-interval`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take what tells the time, in seconds since 1970."""
        self.clock = clock
        self.registry = CollectorRegistry()
        self.objects = Gauge(
            "vigie_provision_drift_objects", "Objects not as declared.", ["target", "resource"], registry=self.registry
        )
        self.success = Gauge(
            "vigie_provision_last_success_timestamp_seconds",
            "When a target was last compared with what is declared.",
            ["target"],
            registry=self.registry,
        )
        self.errors = CounterMetric(
            "vigie_provision_errors", "Comparisons of a target that failed.", ["target"], registry=self.registry
        )
        self.desired = Gauge(
            "vigie_provision_desired_state_info", "The hash of all that is declared.", ["hash"], registry=self.registry
        )

    def record(self, comparison: Comparison) -> None:
        """Take over a comparison; one that failed leaves the numbers as they were."""
        errors = self.errors.labels(comparison.target)
        if comparison.problem:
            errors.inc()
            return
        for resource, count in comparison.objects.items():
            self.objects.labels(comparison.target, resource).set(count)
        self.success.labels(comparison.target).set(self.clock())

    def record_hash(self, desired: str) -> None:
        """Take over the hash of what is declared."""
        self.desired.clear()
        self.desired.labels(desired).set(1)

    def page(self) -> bytes:
        """Return the page in text format 0.0.4."""
        return generate_latest(self.registry)


def app(page: Callable[[], bytes]) -> flask.Flask:
    """Return the application."""
    web = flask.Flask(__name__, static_folder=None)
    web.add_url_rule("/metrics", "metrics", lambda: flask.Response(page(), content_type=TEXT_FORMAT))
    web.add_url_rule("/-/healthy", "healthy", lambda: flask.Response("ok\n", content_type="text/plain"))
    return web


def run(compare: Callable[[], Any], interval_seconds: float, address: PageAddress, page: Callable[[], bytes]) -> None:
    """Compare at once and then after each interval, in seconds, until SIGTERM or SIGINT.

    Raises UsageProblemError for a bad address or web configuration, ProblemError for an address in use.
    """
    gate = Gate(address.web_config_file, OPEN) if address.web_config_file else None
    answer = app(page)
    web = serving.server(address.listen_address, gated(answer, gate) if gate else answer, gate, THREADS)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    jobs = BackgroundScheduler(timezone="UTC")
    jobs.add_job(
        compare,
        "interval",
        seconds=interval_seconds,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    threading.Thread(target=web.serve, daemon=True).start()
    log.info("listening", address=address.listen_address, interval_seconds=interval_seconds)
    jobs.start()
    stopped.wait()
    jobs.shutdown(wait=False)
    web.stop()
