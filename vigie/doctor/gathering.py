"""Reads all servers at the same time, each once for all hosts."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from alerting.routes import declared
from dashboards.grafana.client import access
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.http.asking import Secrets, Server, TroubleError, shown
from vigie.core.http.fetch_failure import Trouble as FetchFailure
from vigie.core.settings import Common, secret
from vigie.doctor.findings.facts import Consul, Grafana, Readings
from vigie.doctor.reading import alertmanager, consul, discovery, grafana, prometheus

AT_ONCE = 8
T = TypeVar("T")


class GatherOptions(NamedTuple):
    """Where the servers are, and how long to wait for each."""

    common: Common
    site: Path | None
    timeout_seconds: float
    ca_file: Path | None = None


def gather(request: GatherOptions, host: str | None) -> Readings:
    """Return what all servers have of one host's name, or of all hosts (None)."""
    common = request.common
    with ThreadPoolExecutor(AT_ONCE) as pool:
        grafanas = pool.submit(_grafana, request) if common.grafana_url else None
        consuls = pool.submit(_consul, request, host)
        discoveries = _submit_all(pool, request, common.discovery_url, discovery.read)
        prometheuses = _submit_all(pool, request, common.prometheus_url, lambda server: prometheus.read(server, host))
        alertmanagers = _submit_all(pool, request, common.alertmanager_url, alertmanager.read)
    routes, receivers = _read_routes(request.site)
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


def attempt(url: str, seconds: float, read: Callable[[Server], T], secrets: Secrets) -> T | FetchFailure:
    """Return what a reader makes of a server's answers, or why it can't be read."""
    try:
        with Server(url, seconds, secrets) as server:
            return read(server)
    except TroubleError as error:
        return error.trouble
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return FetchFailure("answer", f"{type(error).__name__}: {error}")


def consul_secrets(common: Common) -> Secrets:
    """Return the credentials for Consul; raises UsageProblemError when the token can't be read."""
    token = secret(None, common.consul_token_file)
    headers = {"X-Consul-Token": token} if token else {}
    return Secrets(headers, None, common.consul_ca_file, common.consul_cert_file, common.consul_key_file)


def grafana_secrets(common: Common) -> Secrets:
    """Return the credentials for Grafana; raises UsageProblemError when a secret can't be read."""
    where = access(common)
    if where.token:
        return Secrets({"Authorization": f"Bearer {where.token}"}, None, where.ca_file)
    login = (where.user, where.password) if where.user and where.password else None
    return Secrets({}, login, where.ca_file)


def _consul(request: GatherOptions, host: str | None) -> tuple[str, Consul | FetchFailure]:
    """Return the first of Consul's addresses that can be read, else the first."""
    secrets = consul_secrets(request.common)
    answers: list[tuple[str, Consul | FetchFailure]] = []
    for url in request.common.consul_url:
        answers.append(
            (shown(url), attempt(url, request.timeout_seconds, lambda server: consul.read(server, host), secrets))
        )
        if not isinstance(answers[-1][1], FetchFailure):
            return answers[-1]
    return answers[0]


def _grafana(request: GatherOptions) -> tuple[str, Grafana | FetchFailure]:
    secrets = grafana_secrets(request.common)
    answers: list[tuple[str, Grafana | FetchFailure]] = []
    for url in request.common.grafana_url:
        answers.append((shown(url), attempt(url, request.timeout_seconds, grafana.read, secrets)))
        if not isinstance(answers[-1][1], FetchFailure):
            return answers[-1]
    return answers[0]


def _submit_all(
    pool: ThreadPoolExecutor, request: GatherOptions, urls: Sequence[str], read: Callable[[Server], T]
) -> Mapping[str, Future[T | FetchFailure]]:
    secrets = Secrets(ca_file=request.ca_file)
    return {shown(url): pool.submit(attempt, url, request.timeout_seconds, read, secrets) for url in urls}


def _collect(futures: Mapping[str, Future[T | FetchFailure]]) -> Mapping[str, T | FetchFailure]:
    return {url: future.result() for url, future in futures.items()}


def _read_routes(site: Path | None) -> tuple[str | None, tuple[str, ...]]:
    """Return why routes.yml can't be understood, else None and its receivers."""
    try:
        return None, tuple(declared.load(site).routes.receivers)
    except (ProblemError, UsageProblemError) as error:
        return str(error), ()
