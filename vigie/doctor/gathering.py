"""Reads all servers at the same time, each once for all hosts."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from alerting.routes import desired
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.http.address import mask_url
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.http.fetch_failure import FetchError, FetchFailure
from vigie.core.settings import Common, Credentials, ServerAccess
from vigie.doctor.findings.facts import Readings
from vigie.doctor.reading import alertmanager, consul, discovery, grafana, prometheus

AT_ONCE = 8
T = TypeVar("T")


class GatherOptions(NamedTuple):
    """Where the servers are, and how long to wait for each."""

    common: Common
    site: Path | None
    timeout_seconds: float


def gather(options: GatherOptions, host: str | None) -> Readings:
    """Return what all servers have of one host's name, or of all hosts (None)."""
    common = options.common
    with ThreadPoolExecutor(AT_ONCE) as pool:
        seconds = options.timeout_seconds
        grafanas = pool.submit(_read_first, common.grafana, seconds, grafana.read) if common.grafana.url else None
        consuls = pool.submit(_read_first, common.consul, seconds, lambda server: consul.read(server, host))
        discoveries = _submit_all(pool, options, common.discovery, discovery.read)
        prometheuses = _submit_all(pool, options, common.prometheus, lambda server: prometheus.read(server, host))
        alertmanagers = _submit_all(pool, options, common.alertmanager, alertmanager.read)
    routes, receivers = _read_routes(options.site)
    return Readings(
        at=time.time(),
        consul=consuls.result(),
        discovery=_collect(discoveries),
        prometheus=_collect(prometheuses),
        alertmanager=_collect(alertmanagers),
        grafana=grafanas.result() if grafanas else None,
        routes=routes,
        receivers=receivers,
    )


def attempt(access: Credentials, url: str, seconds: float, read: Callable[[HttpClient], T]) -> T | FetchFailure:
    """Return what a reader makes of a server's answers, or why it can't be read.

    Raises UsageProblemError for settings that can't work.
    """
    try:
        with HttpClient(access, patient_for(seconds), [url]) as server:
            return read(server)
    except FetchError as error:
        return error.failure
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return FetchFailure("answer", f"{type(error).__name__}: {error}")


def _read_first(access: ServerAccess, seconds: float, read: Callable[[HttpClient], T]) -> tuple[str, T | FetchFailure]:
    """Return the first address that can be read and what it has, else the first and why it can't be."""
    readings: list[tuple[str, T | FetchFailure]] = []
    for url in access.url:
        readings.append((mask_url(url), attempt(access, url, seconds, read)))
        if not isinstance(readings[-1][1], FetchFailure):
            return readings[-1]
    return readings[0]


def _submit_all(
    pool: ThreadPoolExecutor, options: GatherOptions, access: ServerAccess, read: Callable[[HttpClient], T]
) -> Mapping[str, Future[T | FetchFailure]]:
    return {mask_url(url): pool.submit(attempt, access, url, options.timeout_seconds, read) for url in access.url}


def _collect(futures: Mapping[str, Future[T | FetchFailure]]) -> Mapping[str, T | FetchFailure]:
    return {url: future.result() for url, future in futures.items()}


def _read_routes(site: Path | None) -> tuple[str | None, tuple[str, ...]]:
    """Return why routes.yml can't be understood, else None and its receivers."""
    try:
        return None, tuple(desired.load(site).routes.receivers)
    except (ProblemError, UsageProblemError) as error:
        return str(error), ()
