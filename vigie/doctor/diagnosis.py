"""Goes through the steps for one host, or for all; a step that can't be judged without a failed one is skipped."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from vigie.core.http.fetch_failure import Trouble
from vigie.doctor.findings import hosts, scrapes
from vigie.doctor.findings.facts import Alertmanager, HostKey, Page, Readings
from vigie.doctor.findings.verdict import Case, Finding, Step, skipped
from vigie.doctor.gathering import AT_ONCE
from vigie.doctor.reading import exporter
from vigie.doctor.receivers.endpoints import ways
from vigie.doctor.receivers.probe import Reaching
from vigie.doctor.receivers.routing import Routing
from vigie.doctor.settings import Settings
from vigie.doctor.steps import STEPS
from vigie.stack import servers


class Diagnosis(NamedTuple):
    """The findings on one host, in the order of the chain."""

    host: HostKey
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding | None:
        """The first link that is broken, None when all hold."""
        return next((one for one in self.findings if one.verdict.state == "failed"), None)


class Doctor:
    """Judges hosts by what was read; `opened` makes one."""

    def __init__(self, readings: Readings, settings: Settings, routing: Routing, reaching: Reaching) -> None:
        self._readings, self._settings = readings, settings
        self._routing, self._reaching = routing, reaching

    def examine(self, host: HostKey) -> Diagnosis:
        """Return the findings on a host, whose exporter is asked."""
        return self._judged(self._case(host, self._asked(host)))

    def examine_sparingly(self, host: HostKey, deadline: float) -> Diagnosis:
        """Return the findings on a host, whose exporter is asked only where its scrapes don't tell.

        None is asked after the deadline (monotonic).
        """
        case = self._case(host, None)
        if scrapes.is_scraped_everywhere(case) and scrapes.has_samples_everywhere(case):
            return self._judged(case)
        trouble = scrapes.trouble_everywhere(case)
        if trouble is None and time.monotonic() > deadline:
            trouble = Trouble("timeout", "not asked any more: --all-seconds are over")
        page = Page(hosts.page_url(self._readings, host), trouble) if trouble else self._asked(host)
        return self._judged(self._case(host, page))

    def examine_all(self) -> list[Diagnosis]:
        """Return the findings on every host that has an exporter, a few at once, in bounded time."""
        deadline = time.monotonic() + self._settings.all_seconds
        every = sorted(hosts.registered(self._readings))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda host: self.examine_sparingly(host, deadline), every))

    def _asked(self, host: HostKey) -> Page:
        url = self._settings.exporter_url or hosts.page_url(self._readings, host)
        return exporter.read(url, self._settings.timeout_seconds, self._settings.ca_file)

    def _judged(self, case: Case) -> Diagnosis:
        return Diagnosis(case.host, tuple(run(STEPS, case)))

    def _case(self, host: HostKey, page: Page | None) -> Case:
        text = page.text if page else b""
        understood = exporter.understand(text) if isinstance(text, bytes) and text else exporter.Understood()
        case = Case(
            host=host,
            readings=self._readings,
            registrations=hosts.of_host(self._readings, host),
            page=page,
            families=understood.families,
            page_problem=understood.problem,
            samples=understood.samples,
            clock_limit_seconds=self._settings.clock_limit_seconds,
            stale_seconds=self._settings.stale_seconds,
            discovery_seconds=self._settings.discovery_seconds,
            reached=self._reaching.of,
        )
        return case._replace(routes_of=lambda: self._routing.of(case.labels()))


def run(steps: Sequence[Step], case: Case) -> Iterator[Finding]:
    """Yield the finding of each step; one that relies on a failed one, however far, is skipped."""
    broken: dict[str, str] = {}  # a step that failed or relies on one, and the one that failed
    for step in steps:
        cause = next((broken[need] for need in step.needs if need in broken), None)
        verdict = skipped(f"because of: {_title(steps, cause)}") if cause else step.judge(case)
        if cause or verdict.state == "failed":
            broken[step.name] = cause or step.name
        yield Finding(step.name, step.title, verdict)


@contextmanager
def opened(readings: Readings, settings: Settings) -> Iterator[Doctor]:
    """Provide a doctor for what was read."""
    texts = {url: one.configuration for url, one in _alertmanagers(readings).items()}
    routing = Routing(texts, lambda: servers.require("amtool").path)
    every = dict.fromkeys(way for text in texts.values() for way in ways(text))
    reaching = Reaching(tuple(every), settings.timeout_seconds)
    try:
        yield Doctor(readings, settings, routing, reaching)
    finally:
        routing.close()


def _alertmanagers(readings: Readings) -> Mapping[str, Alertmanager]:
    return {url: one for url, one in readings.alertmanager.items() if not isinstance(one, Trouble)}


def _title(steps: Sequence[Step], name: str) -> str:
    return next(step.title for step in steps if step.name == name)
