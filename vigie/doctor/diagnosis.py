"""Goes through the steps for one host, or for all; a step that needs a failed step is skipped."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings import hosts, scrape_agreement
from vigie.doctor.findings.facts import Alertmanager, HostKey, Page, Readings
from vigie.doctor.findings.verdict import DiagnosisInput, Finding, Step, skipped
from vigie.doctor.gathering import AT_ONCE
from vigie.doctor.reading import exporter
from vigie.doctor.receivers.endpoints import find_endpoints
from vigie.doctor.receivers.probe import ReceiverProbe
from vigie.doctor.receivers.routing import Routing
from vigie.doctor.settings import Settings
from vigie.doctor.step_registry import find_steps
from vigie.stack import servers


class Diagnosis(NamedTuple):
    """The findings on one host, in the order of the chain."""

    host: HostKey
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding | None:
        """The first link that is broken, None when all hold."""
        return next((finding for finding in self.findings if finding.verdict.state == "failed"), None)


class Asked(NamedTuple):
    """Which integration is asked about ("": all), and those that bring alerts."""

    integration: str = ""
    with_rules: frozenset[str] = frozenset()


class Doctor:
    """Judges hosts by what was read; `open_doctor` creates it."""

    def __init__(
        self, readings: Readings, settings: Settings, routing: Routing, probe: ReceiverProbe, asked: Asked
    ) -> None:
        self._readings, self._settings = readings, settings
        self._routing, self._probe = routing, probe
        self._asked = asked

    def examine(self, host: HostKey) -> Diagnosis:
        """Return the findings on a host; its exporter is read."""
        return self._judge(self._make_input(host, self._read_page(host)))

    def examine_sparingly(self, host: HostKey, deadline: float) -> Diagnosis:
        """Return the findings on a host; its exporter is read only when its scrapes don't say enough.

        No exporter is read after the deadline (monotonic seconds).
        """
        inputs = self._make_input(host, None)
        if scrape_agreement.is_scraped_everywhere(inputs) and scrape_agreement.has_samples_everywhere(inputs):
            return self._judge(inputs)
        failure = scrape_agreement.common_scrape_failure(inputs)
        if failure is None and time.monotonic() > deadline:
            failure = FetchFailure("timeout", "not asked any more: the --all-deadline is over")
        page = Page(hosts.page_url(self._readings, host), failure) if failure else self._read_page(host)
        return self._judge(self._make_input(host, page))

    def examine_all(self) -> list[Diagnosis]:
        """Return the findings on every host that has an exporter, a few at once, in bounded time."""
        deadline = time.monotonic() + self._settings.all_deadline
        every = sorted(hosts.hosts_with_exporter(self._readings))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda host: self.examine_sparingly(host, deadline), every))

    def _read_page(self, host: HostKey) -> Page:
        url = self._settings.exporter_url or hosts.page_url(self._readings, host)
        return exporter.read(url, self._settings.timeout, self._settings.exporter)

    def _judge(self, inputs: DiagnosisInput) -> Diagnosis:
        return Diagnosis(inputs.host, tuple(run(find_steps(), inputs)))

    def _make_input(self, host: HostKey, page: Page | None) -> DiagnosisInput:
        text = page.text if page else b""
        parsed = exporter.parse_page(text) if isinstance(text, bytes) and text else exporter.ParsedPage()
        inputs = DiagnosisInput(
            host=host,
            readings=self._readings,
            registrations=hosts.registrations_of(self._readings, host),
            page=page,
            families=parsed.families,
            page_problem=parsed.problem,
            samples=parsed.samples,
            integration=self._asked.integration,
            has_rules=self._asked.with_rules.__contains__,
            clock_offset_limit_seconds=self._settings.clock_offset_limit,
            sample_age_limit_seconds=self._settings.sample_age_limit,
            discovery_age_limit_seconds=self._settings.discovery_age_limit,
            probe_receivers=self._probe.probe,
        )
        return inputs._replace(find_routes=lambda: self._routing.of(inputs.labels()))


def run(steps: Sequence[Step], inputs: DiagnosisInput) -> Iterator[Finding]:
    """Yield the finding of each step; a step that needs a failed one, directly or not, is skipped."""
    broken: dict[str, str] = {}  # a step that failed or was skipped, and the step that failed first
    for step in steps:
        cause = next((broken[need] for need in step.needs if need in broken), None)
        verdict = skipped(f"because of: {_title(steps, cause)}") if cause else step.judge(inputs)
        if cause or verdict.state == "failed":
            broken[step.name] = cause or step.name
        yield Finding(step.name, step.title, verdict)


@contextmanager
def open_doctor(readings: Readings, settings: Settings, asked: Asked = Asked()) -> Iterator[Doctor]:  # noqa: B008 - frozen
    """Provide a doctor for what was read."""
    texts = {url: alertmanager.configuration for url, alertmanager in _alertmanagers(readings).items()}
    routing = Routing(texts, lambda: servers.require("amtool").path)
    every = dict.fromkeys(endpoint for text in texts.values() for endpoint in find_endpoints(text))
    probe = ReceiverProbe(tuple(every), settings.timeout)
    try:
        yield Doctor(readings, settings, routing, probe, asked)
    finally:
        routing.close()


def _alertmanagers(readings: Readings) -> Mapping[str, Alertmanager]:
    return {
        url: alertmanager
        for url, alertmanager in readings.alertmanager.items()
        if not isinstance(alertmanager, FetchFailure)
    }


def _title(steps: Sequence[Step], name: str) -> str:
    return next(step.title for step in steps if step.name == name)
