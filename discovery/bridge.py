"""The bridge's one loop: whatever happens is an action in its inbox, and files are written when there is time."""

import queue
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import structlog

from discovery.consul.watch_pool import News
from discovery.datacenter.datacenter import Rules, Site, Watch
from discovery.guard import persistence
from discovery.guard.persistence import Memory
from discovery.guard.snapshot import Snapshot
from discovery.guard.state import count
from discovery.metrics.counters import Counters
from discovery.publishing.files import Folder
from discovery.publishing.groups import is_ours, restored
from discovery.publishing.publisher import Publisher

log = structlog.get_logger()

Action = Callable[[], object]


class Pace(NamedTuple):
    """In seconds: the shortest time between two writes, and how old the last answer of Consul may be."""

    write_interval_seconds: float
    fresh_seconds: float


class Bridge:
    """Owns the sites; runs in one thread, and shows others a snapshot that never changes."""

    def __init__(self, folder: Folder, rules: Rules, datacenters: Sequence[str], pace: Pace) -> None:
        """Take over what the folder remembers; raise OSError when it can't be used."""
        self.counters = Counters()
        self._inbox: queue.SimpleQueue[Action | None] = queue.SimpleQueue()
        self._pace = pace
        self._publisher = Publisher(folder, self.counters)
        folder.prepare()
        memories = persistence.decode(folder.read_state())
        targets = restored({name: content for name, content in folder.read().items() if is_ours(name)})
        names = tuple(datacenters) or ("",)
        self._sites = tuple(
            Site(
                name,
                rules,
                memories.get(name, Memory()),
                [(service, one) for service, one in targets if name in {"", one.dc}],
                self.counters,
            )
            for name in names
        )
        self._publisher.remember(self._sites)
        self._written_at = 0.0
        self._snapshot = self._look()

    def snapshot(self) -> Snapshot:
        """Return the state of this moment; safe from any thread."""
        return self._snapshot

    def post(self, action: Action) -> None:
        """Have the loop call `action` soon; safe from any thread and from a signal handler."""
        self._inbox.put(action)

    def stop(self) -> None:
        """End `run` soon; safe from any thread and from a signal handler."""
        self._inbox.put(None)

    def run(self, watch: Watch, *, is_once: bool = False) -> bool:
        """Follow Consul until `stop`, or once until everything is read and judged; return whether it was."""
        log.info("discovery started", targets=self._count())
        for site in self._sites:
            site.start(watch, partial(self._news, site))
        while self._take() and not (is_once and self._is_complete()):
            if self._publisher.take(self._sites) and time.monotonic() >= self._write_due():
                self._write()
        self._write()
        log.info("discovery stopped", targets=self._count())
        return self._is_complete()

    def prove(self) -> None:
        """Ask for proofs of what is held."""
        for site in self._sites:
            site.prove()

    def read_nodes(self) -> None:
        """Ask which machines there are, where something is lost."""
        for site in self._sites:
            site.read_nodes()

    def resync(self) -> None:
        """Read everything anew."""
        for site in self._sites:
            site.resync()

    def look_after_files(self) -> None:
        """See to it that the files are as we left them."""
        oldest = min(site.view().last_success for site in self._sites)
        self._publisher.look_after(self._sites, is_fresh=oldest > time.time() - self._pace.fresh_seconds)

    def adopt(self, rules: Rules) -> None:
        """Go by other rules."""
        for site in self._sites:
            site.adopt(rules)

    def accept(self, service: str | None) -> int:
        """Let go what is held, of one service or of all; return how many targets went."""
        return sum(site.accept(service) for site in self._sites)

    def forget(self, name: str) -> int:
        """Let go the lost targets whose instance, service ID or host is `name`; return how many went."""
        return sum(site.forget(name) for site in self._sites)

    def _news(self, site: Site, news: News) -> None:
        self._inbox.put(lambda: site.handle(news))

    def _take(self) -> bool:
        """Take all actions that are there, waiting for some until something is due; return whether to go on."""
        try:
            action = self._inbox.get(timeout=self._timeout_seconds())
            while action is not None:
                action()
                action = self._inbox.get_nowait()
        except queue.Empty:
            for site in self._sites:
                due = site.due_at()
                if due is not None and due <= time.time():
                    site.ask()
            self._snapshot = self._look()
            return True
        self._snapshot = self._look()
        return False

    def _timeout_seconds(self) -> float | None:
        """Return until when nothing is due, None for ever."""
        dues = [due - time.time() for due in (site.due_at() for site in self._sites) if due is not None]
        if self._publisher.take(self._sites):
            dues.append(self._write_due() - time.monotonic())
        return max(0.0, min(dues)) if dues else None

    def _write_due(self) -> float:
        return self._written_at + self._pace.write_interval_seconds

    def _write(self) -> None:
        if self._publisher.write(self._sites):
            self._written_at = time.monotonic()

    def _look(self) -> Snapshot:
        return Snapshot(tuple(site.view() for site in self._sites))

    def _is_complete(self) -> bool:
        return all(site.is_complete for site in self._sites)

    def _count(self) -> int:
        return sum(count(site.state) for site in self._sites)
