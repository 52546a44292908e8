"""Looks for a cloud's metadata service on a thread of its own, reads its facts, and on spot instances its notices."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog

from exporter.cloud.aws import Aws
from exporter.cloud.azure import Azure
from exporter.cloud.gcp import Gcp
from exporter.cloud.metadata import Metadata, MetadataError
from exporter.cloud.provider import Facts, Notice, Provider, Signs, to_meta
from exporter.exposition.text import Family, Sample, render
from exporter.registration.record import INTERRUPTION
from vigie.core.errors import UsageProblemError
from vigie.core.thread_restarts import watched_thread

log = structlog.get_logger()
PROVIDERS: tuple[Callable[[Metadata], Provider], ...] = (Aws, Gcp, Azure)
CONNECT_SECONDS = 1.0
IMMINENT = Family(
    "vigie_spot_interruption_imminent",
    "gauge",
    "Whether the cloud has announced that it will take this spot instance away.",
)
DEADLINE = Family(
    "vigie_spot_interruption_timestamp_seconds", "gauge", "When the cloud will take this instance away at the earliest."
)
REBALANCE = Family(
    "vigie_spot_rebalance_recommended", "gauge", "Whether AWS says that this spot instance is at elevated risk."
)


class Hooks(NamedTuple):
    """What the watcher calls: with Meta for our registration, and with the reason for maintenance (None: no reason)."""

    set_facts: Callable[[Mapping[str, str]], None]
    set_maintenance: Callable[[str | None], None]


class CloudWatcher:
    """Reads facts at the start and at each refresh interval; polls for notices only where the instance is spot."""

    def __init__(
        self,
        base_url: str,
        tags: Sequence[str],
        hooks: Hooks,
        refresh_interval_seconds: float,
        poll_interval_seconds: float,
    ) -> None:
        """Take the service's URL; raise UsageProblemError when it is none."""
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname:
            raise UsageProblemError(f"--cloud-metadata-url {base_url!r}: expected http://HOST or http://HOST:PORT")
        self._address = (parts.hostname, parts.port or 80)
        self._metadata = Metadata(base_url)
        self._tags = tags
        self._hooks = hooks
        self._refresh_interval_seconds = refresh_interval_seconds
        self._poll_interval_seconds = poll_interval_seconds
        self._ending = threading.Event()
        self._providers = [kind(self._metadata) for kind in PROVIDERS]
        self._facts: Facts | None = None
        self._signs = Signs()
        self._last_failure = ""
        self._thread = watched_thread("cloud", self._run)

    def start(self) -> None:
        """Begin to look for the service; nothing waits for it."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; a request that is under way ends with the process."""
        self._ending.set()

    def page(self) -> bytes:
        """Return what is announced."""
        notice = self._signs.notice
        samples = [
            Sample(IMMINENT, int(notice is not None)),
            Sample(REBALANCE, int(self._signs.is_rebalance_recommended)),
        ]
        return render([*samples, Sample(DEADLINE, notice.deadline_seconds)] if notice is not None else samples)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._refresh()
            until = monotonic() + self._refresh_interval_seconds
            if self._facts is not None and self._facts.lifecycle == "spot":
                self._poll(self._providers[0], until)
            self._ending.wait(max(0.0, until - monotonic()))
        self._metadata.close()

    def _refresh(self) -> None:
        """Find the provider by asking each for its facts; the one that answered is kept while it is silent."""
        try:
            socket.create_connection(self._address, CONNECT_SECONDS).close()
        except OSError:
            return  # no cloud: quiet
        failures = []
        for provider in self._providers:
            try:
                facts = provider.facts(self._tags)
            except MetadataError as error:
                failures.append(str(error))
                continue
            self._take(provider, facts)
            return
        self._fail("; ".join(failures))

    def _take(self, provider: Provider, facts: Facts) -> None:
        if self._facts is None:
            facts_to_log = {key: value for key, value in facts._asdict().items() if key != "tags"}
            log.info("running in a cloud", **facts_to_log, tags=len(facts.tags))
        self._providers, self._facts = [provider], facts
        self._last_failure = ""
        self._hooks.set_facts(to_meta(facts))

    def _poll(self, provider: Provider, until: float) -> None:
        while not self._ending.is_set() and monotonic() < until:
            pause_seconds = min(1.0, self._poll_interval_seconds) if provider.waits else self._poll_interval_seconds
            try:
                signs = provider.signs()
            except MetadataError as error:
                self._fail(str(error))
                pause_seconds = self._poll_interval_seconds
            else:
                self._last_failure = ""
                self._follow(signs)
            self._ending.wait(pause_seconds)

    def _follow(self, signs: Signs) -> None:
        before, self._signs = self._signs, signs
        if signs.is_rebalance_recommended and not before.is_rebalance_recommended:
            log.warning("the cloud recommends to move away from this instance")
        if signs.notice != before.notice:
            _log_notice(signs.notice)
            self._hooks.set_maintenance(None if signs.notice is None else INTERRUPTION)

    def _fail(self, reason: str) -> None:
        """Log a failure when it is another than the last."""
        if reason != self._last_failure:
            log.warning("the metadata service can't be used, trying again", reason=reason)
            self._last_failure = reason


def _log_notice(notice: Notice | None) -> None:
    if notice is None:
        log.info("the cloud has withdrawn its notice")
    else:
        log.warning(
            "the cloud will take this instance away", action=notice.action, deadline_seconds=notice.deadline_seconds
        )
