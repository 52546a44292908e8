"""The bridge's one loop: takes what the threads found, asks the guard, writes what changed."""

import queue
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
import structlog

from discovery import catalog, guard, memory
from discovery.consul import is_safe_name
from discovery.files import Folder, file_name, render, service_of
from discovery.metrics import Metrics, Snapshot
from discovery.polling import Failure
from discovery.reading import Reader
from discovery.state import Entry, Event, Limits, Step, count, services_with
from discovery.targets import EXPORTER_SERVICE, Key, Policy, Refusal
from discovery.watching import Instances, Services, Watching
from discovery.witness import Known, Looked

log = structlog.get_logger()


class Rules(NamedTuple):
    """What the bridge goes by: who may be a target, how much may vanish.

    Files are written at most every `write_interval_seconds`; while something is lost, the nodes are read every
    `nodes_interval_seconds`.
    """

    policy: Policy
    limits: Limits
    write_interval_seconds: float
    nodes_interval_seconds: float


class Bridge:
    """Owns the state; runs in one thread, and shows others a snapshot that never changes."""

    def __init__(self, folder: Folder, rules: Rules, watch: Callable[[Known], Watching]) -> None:
        self._folder, self._rules = folder, rules
        self._reader = Reader(rules.policy)
        folder.prepare()
        remembered = memory.decode(folder.read_state())
        self._state = memory.restore(remembered, [(service_of(one), one) for one in folder.targets()], time.time())
        self._known = remembered.known
        self._watching = watch(self._known)
        self._followed: frozenset[str] = frozenset()
        self._unread: set[str] | None = None  # None until the list of services is known
        self._dirty: set[str] = set()  # services whose file may differ
        self._is_memory_stale = False
        self._written_at = 0.0
        self._nodes_due = 0.0
        self._refusals: dict[str, frozenset[Refusal]] = {}
        self._failing: set[str] = set()
        self._is_blind = False  # whether the canary was missing at the last look
        self._snapshot = Snapshot(self._state, bool(count(self._state)), 0.0, "")
        self.metrics = Metrics(self.snapshot)

    def snapshot(self) -> Snapshot:
        """Return the state of this moment; safe from any thread."""
        return self._snapshot

    def stop(self) -> None:
        """End `run` soon; safe in a signal handler."""
        self._watching.news.put(None)

    def run(self) -> None:
        """Follow Consul until `stop`."""
        log.info("discovery started", targets=count(self._state))
        self._watching.start()
        while self._take():
            if self._has_work() and time.monotonic() >= self._written_at + self._rules.write_interval_seconds:
                self._write()
        self._write()
        log.info("discovery stopped", targets=count(self._state))

    def _has_work(self) -> bool:
        return bool(self._dirty) or self._is_memory_stale

    def _take(self) -> bool:
        """Take all news that are there, waiting for some until the next write is due; return whether to go on."""
        due = self._written_at + self._rules.write_interval_seconds - time.monotonic()
        try:
            news = self._watching.news.get(timeout=max(0.0, due) if self._has_work() else None)
            while news is not None:
                self._handle(news)
                news = self._watching.news.get_nowait()
        except queue.Empty:
            return True
        return False

    def _handle(self, news: Services | Instances | Looked | Failure) -> None:
        last_success, dc = self._snapshot.last_success, self._snapshot.dc
        try:
            if isinstance(news, Failure):
                self._failed(news)
            elif isinstance(news, Looked):
                self._looked(news)
                last_success, dc = news.witness.at, news.dc or dc
            elif isinstance(news, Services):
                self._services(news)
                last_success = news.at
            else:
                self._instances(news)
                last_success = news.at
        except msgspec.DecodeError as error:
            self.metrics.errors.labels("answer").inc()
            log.warning("Consul's answer is not what it should be", detail=str(error))
        is_ready = self._snapshot.is_ready or self._unread == set()
        self._snapshot = Snapshot(self._state, is_ready, last_success, dc)

    def _failed(self, news: Failure) -> None:
        """Count every failed read; log the first of a kind until Consul answers again."""
        self.metrics.errors.labels(news.reason).inc()
        if news.reason not in self._failing:
            log.warning("can't read Consul", reason=news.reason, detail=news.detail)
        self._failing.add(news.reason)

    def _services(self, news: Services) -> None:
        """Follow the services that carry the tag; those that no longer exist have no instances."""
        if news.body is None:
            return
        tags = catalog.service_tags(news.body)
        tagged = {name for name, of_name in tags.items() if self._rules.policy.tag in of_name}
        unsafe = {name for name in tagged if not is_safe_name(name)}
        self._refuse("", frozenset(Refusal(("", "", name), "name", "is never put into a path") for name in unsafe))
        wanted = frozenset(tagged - unsafe)
        if self._unread is None:
            self._unread = set(wanted)
        self._unread &= wanted
        self._watching.follow(wanted)
        for name in (self._followed | self._state.services.keys()) - wanted:
            self._reader.forget(name)
            if self._state.services.get(name):
                self._observe(Instances(name, b"[]", news.at))
        self._followed = wanted

    def _instances(self, news: Instances) -> None:
        if news.service not in self._followed:
            return  # a late answer of a service that is gone
        if self._unread:
            self._unread.discard(news.service)
        if news.body is not None:
            self._observe(news)

    def _observe(self, news: Instances) -> None:
        reading = self._reader.read(news.service, news.body or b"[]")
        self._refuse(news.service, reading.refusals)
        self._step(guard.observe(self._state, news.service, reading.targets, time.time(), self._rules.limits))
        self._ask({news.service})

    def _looked(self, news: Looked) -> None:
        if self._failing:
            log.info("Consul answers again")
            self._failing.clear()
        had_doubt = self._state.doubt is not None
        self._is_memory_stale |= news.known != self._known
        self._known = news.known
        self._step(guard.judge(self._state, news.witness, time.time(), self._rules.limits))
        self._step(guard.tick(self._state, time.time(), self._rules.limits))
        begun = self._state.doubt is not None and not had_doubt
        # Each of these may leave queries waiting for an index that never comes.
        is_blind, was_blind = news.witness.doubt == "canary", self._is_blind
        if begun or news.witness.doubt == "index" or is_blind != was_blind:
            self._watching.reset()
        self._is_blind = is_blind
        self._watching.nudge()
        self._ask(services_with(self._state, "missing"))
        if services_with(self._state, "lost") and time.monotonic() > self._nodes_due:
            self._nodes_due = time.monotonic() + self._rules.nodes_interval_seconds
            self._watching.ask(with_nodes=True)

    def _ask(self, services: set[str]) -> None:
        """Ask for a witness when targets of these services are missing."""
        missing = [
            one.target for name in services for one in self._state.services[name].values() if one.status == "missing"
        ]
        if missing:
            self._watching.ask(with_nodes=any(one.health == "critical" for one in missing))

    def _step(self, step: Step) -> None:
        """Take over the guard's decision; the files of services whose targets differ have to be written."""
        state, events = step
        before = self._state.services
        self._dirty |= {name for name, entries in state.services.items() if _differ(before.get(name), entries)}
        self._is_memory_stale |= bool(events)
        self._state = state
        for event in events:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        if event.what in {"removed", "forgotten", "spot_dead"}:
            self.metrics.removed.labels(event.what).inc(event.count)
        tell = log.warning if event.what in {"held", "lost", "doubt"} else log.info
        tell(f"targets {event.what}", service=event.service, count=event.count, doubt=self._state.doubt)

    def _refuse(self, service: str, refusals: frozenset[Refusal]) -> None:
        """Count and log each refusal once, as long as it lasts."""
        for one in sorted(refusals - self._refusals.get(service, frozenset())):
            self.metrics.refused.labels(one.reason).inc()
            log.warning("refused", service=service, key="/".join(one.key), reason=one.reason, detail=one.detail)
        self._refusals[service] = refusals

    def _write(self) -> None:
        """Write what changed, the memory first: then no crash can make a target look as if it had never vanished."""
        dirty, self._dirty, self._is_memory_stale = self._dirty, set(), False
        try:
            self._folder.write_state(memory.encode(self._state, self._known))
            for service in sorted(dirty):
                name = file_name("node" if service == EXPORTER_SERVICE else service)
                content = render(one.target for one in self._state.services[service].values())
                if self._folder.write(name, content):
                    self.metrics.writes.inc()
                    self._written_at = time.monotonic()
        except OSError as error:
            self._dirty |= dirty
            self._is_memory_stale = True
            self._written_at = time.monotonic()
            self.metrics.errors.labels("write").inc()
            log.error("can't write targets", detail=str(error))  # noqa: TRY400 - the sentence says it all


def _differ(before: Mapping[Key, Entry] | None, after: Mapping[Key, Entry]) -> bool:
    """Return whether a service's file has to be looked at: a target that is only judged anew changes nothing."""
    if before is after:
        return False
    if before is None or len(before) != len(after):
        return bool(after) or bool(before)
    return any(key not in before or before[key].target is not one.target for key, one in after.items())
