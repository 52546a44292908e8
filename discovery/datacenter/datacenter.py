"""What is known of one datacenter: takes what its threads found, asks the guard, remembers what to write."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec
import structlog

from discovery.consul import records as catalog
from discovery.consul.blocking_query import Failure
from discovery.consul.connection import is_safe_name
from discovery.consul.consistency_probe import Known, Looked, Proved
from discovery.consul.watch_pool import Instances, News, Post, Services, Watching
from discovery.guard import judging as guard
from discovery.guard import persistence as memory
from discovery.guard import releasing as hold_release
from discovery.guard.persistence import Memory
from discovery.guard.snapshot import View
from discovery.guard.spot import is_spot_dead
from discovery.guard.state import Entry, Event, Limits, Step, count, services_with, settled_at
from discovery.metrics.counters import Counters
from discovery.targets import probes
from discovery.targets.service_parser import Reader, Reading
from discovery.targets.target import Key, Policy, Refusal, Target

log = structlog.get_logger()

ASK_AGAIN_SECONDS = 2.0


class Rules(NamedTuple):
    """What a site goes by: who may be a target, how much may vanish.

    While something is lost, the nodes are read every `nodes_interval_seconds`.
    """

    policy: Policy
    limits: Limits
    nodes_interval_seconds: float


Watch = Callable[[str, Post, Known], Watching]


class Site:
    """One datacenter; called by one thread only. `name` is "" for the agent's own."""

    def __init__(
        self, name: str, rules: Rules, kept: Memory, targets: Iterable[tuple[str, Target]], counters: Counters
    ) -> None:
        self.name, self._rules, self._counters = name, rules, counters
        self.state = memory.restore(kept, targets, time.time())
        self.dirty: set[str] = set()  # services whose file may differ
        self.is_memory_stale = False
        self._known = kept.known
        self._reader = Reader(rules.policy)
        self._followed: frozenset[str] = frozenset()
        self._unread: set[str] | None = None  # None until the list of services is known
        self._refusals: dict[str, frozenset[Refusal]] = {}
        self._failing: set[str] = set()
        self._deaf = 0  # looks in a row that reached nobody
        self._is_blind = False  # whether the canary was missing at the last look
        self._is_ready = bool(count(self.state))
        self._last_success, self._dc = 0.0, name
        self._nodes_due = self._ask_due = 0.0
        self._catalog: bytes | None = None
        self._anew: set[str] = set()  # services not read yet since the rules changed

    def start(self, watch: Watch, post: Post) -> None:
        """Begin to read Consul; what the threads find goes to `post`, and from there to `handle`."""
        self._watching = watch(self.name, post, self._known)
        self._watching.start()

    def view(self) -> View:
        """Return what others may see, which never changes."""
        return View(self.name, self.state, self._is_ready, self._last_success, self._dc, self._refusals)

    def memory(self) -> Memory:
        """Return what has to be known again after a restart."""
        return memory.memory(self.state, self._known)

    @property
    def is_complete(self) -> bool:
        """Whether everything has been read since the start, and judged."""
        return self._unread == set() and self.state.settling is None and self._last_success > 0

    def handle(self, news: News) -> None:
        """Take over what a thread found."""
        try:
            if isinstance(news, Failure):
                self._failed(news)
                return
            if isinstance(news, Looked):
                self._looked(news)
            elif isinstance(news, Services):
                self._services(news)
            elif isinstance(news, Proved):
                seen = self._reader.read(news.service, news.body).targets
                self._step(hold_release.prove(self.state, news.service, seen.keys(), time.time(), self._rules.limits))
            else:
                self._instances(news)
        except msgspec.DecodeError as error:
            self._counters.errors.labels("answer").inc()
            log.warning("Consul's answer is not what it should be", dc=self._dc, detail=str(error))
            return
        self._last_success = max(self._last_success, news.witness.at if isinstance(news, Looked) else news.at)
        self._is_ready = self._is_ready or self._unread == set()

    def due_at(self) -> float | None:
        """Return when `ask` is to be called next, in seconds since the epoch; None while nothing settles."""
        settled = settled_at(self.state, self._rules.limits)
        return None if settled is None else max(settled, self._ask_due)

    def ask(self) -> None:
        """Ask for a witness of what is missing."""
        self._ask_due = time.time() + ASK_AGAIN_SECONDS
        missing = [
            one for entries in self.state.services.values() for one in entries.values() if one.status == "missing"
        ]
        self._watching.ask(with_nodes=any(one.target.health == "critical" for one in missing))

    def prove(self) -> None:
        """Ask for a proof of what is held."""
        held = services_with(self.state, "held")
        if held and self.state.doubt is None:
            self._watching.ask(proofs=held)

    def read_nodes(self) -> None:
        """Ask which machines there are while something is lost."""
        if services_with(self.state, "lost"):
            self._watching.ask(with_nodes=True)

    def resync(self) -> None:
        """Read everything anew."""
        self._watching.reset()

    def adopt(self, rules: Rules) -> None:
        """Go by other rules; what they no longer select goes at once, for somebody has just said so."""
        self._rules = rules
        self._reader.adopt(rules.policy)
        self._anew = set(self.state.services)
        if self._catalog is not None:
            self._services(Services(self._catalog, self._last_success))
        self._watching.reset()

    def accept(self, service: str | None) -> int:
        """Let go what is held, of one service or of all; return how many targets went."""
        return self._order(hold_release.accept(self.state, service))

    def forget(self, name: str) -> int:
        """Let go the lost targets of a name; return how many went."""
        return self._order(hold_release.forget(self.state, name))

    def _order(self, step: Step) -> int:
        before = count(self.state)
        self._step(step)
        return before - count(self.state)

    def _failed(self, news: Failure) -> None:
        """Count every failed read; log the first of a kind until Consul answers again."""
        self._counters.errors.labels(news.reason).inc()
        if news.reason not in self._failing:
            log.warning("can't read Consul", dc=self._dc, reason=news.reason, detail=news.detail)
        self._failing.add(news.reason)
        if news.is_look and news.reason == "unreachable":
            self._deaf += 1
            self._watching.deaf(self._deaf)

    def _services(self, news: Services) -> None:
        """Follow the services that may be selected; those that no longer exist have no instances."""
        if news.body is None:
            return
        self._catalog = news.body
        tags = catalog.service_tags(news.body)
        selection = self._rules.policy.selection
        chosen = {
            name for name, of_name in tags.items() if selection.may_select(name, of_name) or probes.is_tagged(of_name)
        }
        unsafe = {name for name in chosen if not is_safe_name(name)}
        self._refuse("", frozenset(Refusal(("", "", name), "name", "is never put into a path") for name in unsafe))
        wanted = frozenset(chosen - unsafe)
        if self._unread is None:
            self._unread = set(wanted)
        self._unread &= wanted
        self._watching.follow(wanted)
        for name in (self._followed | self.state.services.keys()) - wanted:
            self._reader.forget(name)
            entries = self.state.services.get(name)
            if entries:
                is_dismissed = name in self._anew and name in tags
                self._observe(name, b"[]", frozenset(entries) if is_dismissed else frozenset())
            self._refuse(name, frozenset())
        self._followed = wanted

    def _instances(self, news: Instances) -> None:
        if news.service not in self._followed:
            return  # a late answer of a service that is gone
        if self._unread:
            self._unread.discard(news.service)
        if news.body is not None:
            self._observe(news.service, news.body)

    def _observe(self, service: str, body: bytes, dismissed: frozenset[Key] = frozenset()) -> None:
        self._take_over(service, self._reader.read(service, body, self._is_dead), dismissed)

    def _is_dead(self, target: Target) -> bool:
        return is_spot_dead(self.state, target, time.time(), self._rules.limits)

    def _take_over(self, service: str, reading: Reading, dismissed: frozenset[Key] = frozenset()) -> None:
        if not self._dc:
            self._dc = next((one.dc for one in reading.targets.values()), "")
        self._refuse(service, reading.refusals)
        if service in self._anew:
            self._anew.discard(service)
            dismissed |= reading.others
        self._step(
            guard.observe(self.state, service, reading.targets, time.time(), self._rules.limits, dismissed=dismissed)
        )

    def _looked(self, news: Looked) -> None:
        if self._failing:
            log.info("Consul answers again", dc=self._dc)
            self._failing.clear()
        self._deaf = 0
        had_doubt = self.state.doubt is not None
        self.is_memory_stale |= news.known != self._known
        self._known, self._dc = news.known, news.dc or self._dc
        self._step(guard.judge(self.state, news.witness, time.time(), self._rules.limits))
        for service in self._step(guard.tick(self.state, time.time(), self._rules.limits)):
            # Whoever has got the address of a dead machine was refused until now.
            self._take_over(service, self._reader.again(service, self._is_dead))
        begun = self.state.doubt is not None and not had_doubt
        # Each of these may leave queries waiting for an index that never comes.
        is_blind, was_blind = news.witness.doubt == "canary", self._is_blind
        if begun or news.witness.doubt == "index" or is_blind != was_blind:
            self._watching.reset()
        self._is_blind = is_blind
        self._watching.nudge()

    def _step(self, step: Step) -> list[str]:
        """Take over the guard's decision; the files of services whose targets differ have to be written.

        Returns the services whose machines are dead.
        """
        state, events = step
        before = self.state.services
        self.dirty |= {name for name, entries in state.services.items() if _differ(before.get(name), entries)}
        self.is_memory_stale |= bool(events)
        self.state = state
        for event in events:
            self._tell(event)
        return [event.service for event in events if event.what == "spot_dead"]

    def _tell(self, event: Event) -> None:
        if event.what in {"removed", "forgotten", "spot_dead", "dismissed", "released"}:
            self._counters.removed.labels(event.what).inc(event.count)
        tell = log.warning if event.what in {"held", "lost", "doubt"} else log.info
        tell(f"targets {event.what}", dc=self._dc, service=event.service, count=event.count, doubt=self.state.doubt)

    def _refuse(self, service: str, refusals: frozenset[Refusal]) -> None:
        """Count and log each refusal once, as long as it lasts."""
        for one in sorted(refusals - self._refusals.get(service, frozenset())):
            self._counters.refused.labels(one.reason).inc()
            log.warning("refused", service=service, key="/".join(one.key), reason=one.reason, detail=one.detail)
        if refusals or service in self._refusals:
            others = {name: of_name for name, of_name in self._refusals.items() if name != service}
            self._refusals = {**others, service: refusals} if refusals else others


def _differ(before: Mapping[Key, Entry] | None, after: Mapping[Key, Entry]) -> bool:
    """Return whether a service's file has to be looked at: a target that is only judged anew changes nothing."""
    if before is after:
        return False
    if before is None or len(before) != len(after):
        return bool(after) or bool(before)
    return any(key not in before or before[key].target is not one.target for key, one in after.items())
