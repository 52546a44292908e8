"""One datacenter: hands what its reader reads to its keeper, and reports what happened to the targets.

Consul ──▶ pool's threads ──▶ handle ──▶ reader: targets and refusals ──▶ keeper: the guard's state ──▶ files
"""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
import structlog

from discovery.consul.updates import (
    Fingerprint,
    OnUpdate,
    ProbeResult,
    ReadFailure,
    ServiceInstances,
    ServiceList,
    StrictRead,
    ThreadRestart,
    Update,
)
from discovery.consul.watch_pool import WatchPool
from discovery.datacenter.absence_watch import AbsenceWatch
from discovery.datacenter.event_log import EventLog
from discovery.datacenter.keeper import Keeper
from discovery.datacenter.reader import Reader
from discovery.guard.persistence import SavedDatacenter
from discovery.guard.snapshot import DatacenterView
from discovery.guard.state import Event, Limits, Settling, services_with
from discovery.metrics.counters import Counters
from discovery.targets.policy import Policy
from discovery.targets.service_parser import ParsedService
from discovery.targets.target import Key, Target

log = structlog.get_logger()

PROBE_AGAIN_SECONDS = 2.0
TURN_SECONDS = 0.25  # after so long of services that vanished, the loop has a look at what else is due
PROVE_AT_ONCE = 300  # services whose held targets are proven in one go


class Options(NamedTuple):
    """Who may be a target, and how many may vanish."""

    policy: Policy
    limits: Limits


# (datacenter, where updates go, by what Consul was recognised) to the threads that read it
MakePool = Callable[[str, OnUpdate, Fingerprint], WatchPool]


class Datacenter:
    """One datacenter; called by one thread only. `name` is "" for the agent's own."""

    def __init__(
        self,
        name: str,
        options: Options,
        saved: SavedDatacenter,
        targets: Iterable[tuple[str, Target]],
        counters: Counters,
    ) -> None:
        self.name = name
        self.keeper = Keeper(saved, targets, options.limits)
        self._reader = Reader(name, options.policy, counters)
        self._counters = counters
        self._events = EventLog(counters)
        self._absences = AbsenceWatch(self.keeper)
        self._settling: Settling | None = None
        self._is_ready = bool(self.keeper.count())
        self._last_success = 0.0
        self._next_probe_at = 0.0
        self._last_proved = ""
        self._knows_others_left = False
        self._vanished: dict[str, bool] = {}  # services that are to be taken out, and whether they were deselected

    def start(self, make_pool: MakePool, on_update: OnUpdate) -> None:
        """Begin to read Consul; what the threads read goes to `on_update`, and from there to `handle`."""
        self._reader.pool = make_pool(self.name, on_update, self.keeper.fingerprint)
        self._reader.pool.start()

    def view(self) -> DatacenterView:
        """Return what others may see, which never changes."""
        return DatacenterView(
            self.name,
            self.keeper.state,
            self._is_ready,
            self._last_success,
            self._reader.dc,
            self._reader.refusals.by_service,
            self.keeper.displaced,
            self._reader.query_count,
        )

    @property
    def is_complete(self) -> bool:
        """Whether everything has been read since the start, and judged."""
        return (
            self._reader.has_read_everything
            and not self._vanished
            and self.keeper.state.settling is None
            and self._last_success > 0
        )

    def handle(self, update: Update) -> None:
        """Take over what a thread read."""
        if isinstance(update, ReadFailure):
            self._reader.note_failure(update)
            return
        if isinstance(update, ThreadRestart):
            self._counters.count_restart(update.thread)
            return
        try:
            self._take_over(update)
        except msgspec.DecodeError as error:
            self._counters.errors.labels("answer").inc()
            log.warning("Consul's answer is not what it should be", dc=self._reader.dc, detail=str(error))
            return
        self._watch_absences()
        self._last_success = max(self._last_success, update.at)
        self._is_ready = self._is_ready or self._reader.has_read_everything

    def probe_due_at(self) -> float | None:
        """Return when `probe` is to be called next (seconds since the epoch); None while nothing is missing."""
        settled_at = self.keeper.settled_at()
        return None if settled_at is None else max(settled_at, self._next_probe_at)

    def probe(self) -> None:
        """Request a consistency probe, after which what is missing is judged."""
        self._next_probe_at = time.time() + PROBE_AGAIN_SECONDS
        with_nodes = any(entry.target.health == "critical" for entry in self.keeper.entries_missing())
        self._reader.pool.probe(with_nodes=with_nodes)

    def prove_held(self) -> None:
        """Request strict reads of the services with held targets."""
        state = self.keeper.state
        # Where nothing else is seen of a job, nothing can be proven.
        provable = sorted(services_with(state, "held") & services_with(state, "seen"))
        if not provable or state.freeze_reason is not None:
            return
        after_last = [name for name in provable if name > self._last_proved] + provable
        chosen = after_last[:PROVE_AT_ONCE]
        self._last_proved = chosen[-1]
        self._reader.pool.probe(strict_services=chosen)

    def check_lost(self) -> None:
        """Request a probe with the nodes while something is lost."""
        if services_with(self.keeper.state, "lost"):
            self._reader.pool.probe(with_nodes=True)

    def resync(self) -> None:
        """Read everything anew."""
        self._reader.read_anew()

    def configure(self, options: Options) -> None:
        """Go by other options; what they no longer select goes at once, for an operator has just said so."""
        self.keeper.limits = options.limits
        service_list = self._reader.use_policy(options.policy, self.keeper.state.services)
        if service_list is not None:
            self._follow(service_list)
        self._reader.pool.reset()

    def release(self, service: str | None) -> int:
        """Take out what is held, of one service or of all; return how many targets went."""
        if service is None and self.keeper.state.freeze_reason == "filtered":
            self._reader.pool.accept_filtered()
            self._absences.accept()
        return self._report(self.keeper.release(service))

    def drop(self, name: str) -> int:
        """Take out the lost targets of a name; return how many went."""
        return self._report(self.keeper.drop(name))

    def _take_over(self, update: ServiceList | ServiceInstances | ProbeResult | StrictRead) -> None:
        match update:
            case ProbeResult():
                self._judge(update)
            case ServiceList():
                if update.body is not None:
                    self._reader.note_filtered("", is_filtered=update.is_filtered)
                    self._follow(update.body)
            case StrictRead():
                present = self._reader.parse(update.service, update.body).targets
                self._report(self.keeper.prove(update.service, present.keys()))
            case ServiceInstances():
                if self._reader.note_read(update) and update.body is not None:
                    self._observe(update.service, self._reader.parse(update.service, update.body, self.keeper.is_dead))
                    self._absences.note_read(update.service, update.consul_index)

    @property
    def has_backlog(self) -> bool:
        """Whether services that vanished wait for `work_off`."""
        return bool(self._vanished)

    def work_off(self) -> None:
        """Take out services that vanished, for a moment at most: thousands don't keep the loop from the rest."""
        until = time.monotonic() + TURN_SECONDS
        while self._vanished and time.monotonic() <= until:
            service, is_deselected = self._vanished.popitem()
            entries = self.keeper.state.services.get(service)
            if entries:
                nothing = self._reader.parse(service, b"[]")
                self._observe(service, nothing, frozenset(entries) if is_deselected else frozenset())
            self._reader.refusals.note(service, frozenset())
        self._watch_absences()

    def _watch_absences(self) -> None:
        if self.keeper.state.settling is not self._settling:
            self._settling = self.keeper.state.settling
            self._reader.pool.watch_absences(self._absences.absences())

    def _follow(self, service_list: bytes) -> None:
        """Follow what may be selected; services that no longer exist, or may no longer be selected, have no targets."""
        self._vanished = dict(self._reader.follow(service_list, self.keeper.state.services))
        self.work_off()

    def _observe(self, service: str, parsed: ParsedService, deselected: frozenset[Key] = frozenset()) -> None:
        self._reader.refusals.note(service, parsed.refusals)
        deselected |= self._reader.deselected(service, parsed)
        is_catching_up = not self._reader.has_read_everything
        self._report(self.keeper.observe(service, parsed.targets, deselected, is_catching_up=is_catching_up))
        if self.keeper.services_to_read:
            self._reader.pool.read_again(self.keeper.services_to_read)
            self.keeper.services_to_read = set()

    def _judge(self, result: ProbeResult) -> None:
        result = self._absences.judge(self._reader.note_answer(result))
        self._leave_others()
        events = self.keeper.judge(result)
        self._report(events)
        for event in events:
            if event.kind == "spot_dead":  # another machine that has its address was refused until now
                self._observe(event.service, self._reader.recall(event.service, self.keeper.is_dead))
        self._reader.wake(result, must_reread=any(event.kind in {"frozen", "unfrozen"} for event in events))

    def _leave_others(self) -> None:
        """Take out what the files hold of a datacenter that is no longer read, once we know what ours is called."""
        if self.name or self._knows_others_left or not self._reader.dc:
            return
        self._knows_others_left = True
        self._report(self.keeper.leave_others(self._reader.dc))

    def _report(self, events: Iterable[Event]) -> int:
        """Count and log what happened; return how many targets went."""
        self._events.tell_displaced(self.keeper.displaced)
        return self._events.tell(events, self._reader.dc, self.keeper.state.freeze_reason)
