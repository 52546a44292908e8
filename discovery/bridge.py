"""The bridge's one loop: whatever happens is an action in its inbox, and files are written when there is time."""

import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import structlog

from discovery.consul.updates import Update
from discovery.datacenter.datacenter import Datacenter, MakePool, Options
from discovery.guard import persistence
from discovery.guard.persistence import SavedDatacenter
from discovery.guard.snapshot import Snapshot
from discovery.inbox import Action, Inbox
from discovery.metrics.counters import Counters
from discovery.publishing.files import DISPLACED_FILE, Folder
from discovery.publishing.groups import is_ours, restore_targets
from discovery.publishing.publisher import Publisher

log = structlog.get_logger()

LAST_WRITE_SECONDS = 4.0


class WriteTiming(NamedTuple):
    """The shortest time between two writes.

    Then how old Consul's last answer may be for us to repair files, and how long an empty file stays.
    """

    write_interval_seconds: float
    fresh_seconds: float
    ended_retention_seconds: float


class Bridge:
    """Owns the datacenters; runs in one thread, and shows others a snapshot that never changes."""

    def __init__(self, folder: Folder, options: Options, datacenters: Sequence[str], timing: WriteTiming) -> None:
        """Take over what the folder holds; raise OSError when it can't be used."""
        self.counters = Counters()
        self._inbox = Inbox()
        self._timing = timing
        self._publisher = Publisher(folder, self.counters, timing.ended_retention_seconds)
        folder.prepare()
        saved = persistence.decode(folder.read_state())
        files = {name: content for name, content in folder.read().items() if is_ours(name)}
        targets = restore_targets({DISPLACED_FILE: folder.read_displaced() or b"[]", **files})
        names = tuple(datacenters) or ("",)
        self._publisher.note_deselected(
            [service for service, target in targets if not {"", target.dc}.intersection(names)]
        )
        self._datacenters = tuple(
            Datacenter(
                name,
                options,
                saved.get(name, SavedDatacenter()),
                [(service, target) for service, target in targets if name in {"", target.dc}],
                self.counters,
            )
            for name in names
        )
        self._publisher.note_probed(self._datacenters)
        self._publisher.note_files(files)
        self._written_at = 0.0
        self._snapshot = self._take_snapshot()

    def snapshot(self) -> Snapshot:
        """Return the state of this moment; safe from any thread."""
        return self._snapshot

    def post(self, action: Action) -> None:
        """Have the loop call `action` soon; safe from any thread and from a signal handler."""
        self._inbox.post(action)

    def post_urgent(self, action: Action) -> None:
        """Have the loop call `action` before everything that waits; safe from any thread."""
        self._inbox.post_urgent(action)

    def stop(self) -> None:
        """End `run` soon; safe from any thread and from a signal handler."""
        self._inbox.stop()

    def run(self, make_pool: MakePool, *, is_once: bool = False) -> bool:
        """Follow Consul until `stop`, or once until everything is read and judged; return whether it was."""
        log.info("discovery started", targets=self._count())
        for datacenter in self._datacenters:
            datacenter.start(make_pool, partial(self._post_update, datacenter))
        while self._act() and not (is_once and self._is_complete()):
            if self._publisher.collect(self._datacenters) and time.monotonic() >= self._write_due():
                self._write()
        self._write_all()
        log.info("discovery stopped", targets=self._count())
        return self._is_complete()

    def prove_held(self) -> None:
        """Request proofs that what is held is gone."""
        for datacenter in self._datacenters:
            datacenter.prove_held()

    def check_lost(self) -> None:
        """Ask Consul which machines exist, where something is lost."""
        for datacenter in self._datacenters:
            datacenter.check_lost()

    def resync(self) -> None:
        """Read everything anew."""
        for datacenter in self._datacenters:
            datacenter.resync()

    def repair_files(self) -> None:
        """Write the files again that somebody else took away or changed; take those away whose job has ended."""
        self._publisher.remove_ended(self._datacenters)
        oldest = min(datacenter.view().last_success for datacenter in self._datacenters)
        self._publisher.repair(self._datacenters, is_fresh=oldest > time.time() - self._timing.fresh_seconds)

    def configure(self, options: Options) -> None:
        """Go by other options."""
        for datacenter in self._datacenters:
            datacenter.configure(options)

    def release(self, service: str | None) -> int:
        """Take out what is held, of one service or of all; return how many targets went."""
        return sum(datacenter.release(service) for datacenter in self._datacenters)

    def drop(self, name: str) -> int:
        """Take out the lost targets whose instance, service ID or host is `name`; return how many went."""
        return sum(datacenter.drop(name) for datacenter in self._datacenters)

    def _post_update(self, datacenter: Datacenter, update: Update) -> None:
        self._inbox.post(lambda: datacenter.handle(update))

    def _act(self) -> bool:
        """Do what is there, waiting for it until something is due; return whether to go on."""
        if self._inbox.take_turn(self._timeout_seconds()):
            for datacenter in self._datacenters:
                due_at = datacenter.probe_due_at()
                if due_at is not None and due_at <= time.time():
                    datacenter.probe()
        for datacenter in self._datacenters:
            datacenter.work_off()
        self._snapshot = self._take_snapshot()
        return not self._inbox.is_stopping

    def _timeout_seconds(self) -> float | None:
        """Return for how long nothing is due, None for ever."""
        if any(datacenter.has_backlog for datacenter in self._datacenters):
            return 0.0
        probes_due_at = (datacenter.probe_due_at() for datacenter in self._datacenters)
        waits = [due_at - time.time() for due_at in probes_due_at if due_at is not None]
        if self._publisher.collect(self._datacenters):
            waits.append(self._write_due() - time.monotonic())
        return max(0.0, min(waits)) if waits else None

    def _write_due(self) -> float:
        return 0 if self._publisher.has_backlog else self._written_at + self._timing.write_interval_seconds

    def _write(self) -> None:
        if self._publisher.write(self._datacenters):
            self._written_at = time.monotonic()

    def _write_all(self) -> None:
        """Write what is left, for a few seconds at most: what stays is in the files of before, and read anew."""
        until = time.monotonic() + LAST_WRITE_SECONDS
        self._write()
        while self._publisher.has_backlog and time.monotonic() < until:
            self._write()

    def _take_snapshot(self) -> Snapshot:
        return Snapshot(tuple(datacenter.view() for datacenter in self._datacenters))

    def _is_complete(self) -> bool:
        return all(datacenter.is_complete for datacenter in self._datacenters)

    def _count(self) -> int:
        return sum(datacenter.keeper.count() for datacenter in self._datacenters)
