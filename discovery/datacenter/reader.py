"""What is read of one datacenter: which services are followed, what their answers mean, what failed."""

from collections.abc import Callable, Iterable

from discovery.consul.connection import is_safe_name
from discovery.consul.connection_limit import REFUSALS
from discovery.consul.records import service_tags
from discovery.consul.updates import ProbeResult, ReadFailure, ServiceInstances
from discovery.consul.watch_pool import WatchPool
from discovery.datacenter.failure_log import FailureLog
from discovery.datacenter.refusal_log import RefusalLog
from discovery.metrics.counters import Counters
from discovery.targets.blackbox_probes import has_probe_tag
from discovery.targets.policy import Policy
from discovery.targets.service_parser import ParsedService, ServiceParser
from discovery.targets.target import Key, Refusal, Target

# A policy that is given back moves no index: how often what was filtered is read anew.
FILTERED_REREAD_SECONDS = 60.0


class Reader:
    """Reads one datacenter; `dc` is what it is called, "" until Consul has answered."""

    pool: WatchPool = None  # type: ignore[assignment]  # its threads; set before anything is read

    def __init__(self, name: str, policy: Policy, counters: Counters) -> None:
        self.dc = name
        self.refusals = RefusalLog(counters)
        self._failures = FailureLog(counters)
        self._policy = policy
        self._parser = ServiceParser(policy)
        self._service_list: bytes | None = None
        self._followed: frozenset[str] = frozenset()
        self._unread: set[str] | None = None  # None until the list of services is read
        self._reselected: set[str] = set()  # services not read yet since the policy changed
        self._filtered_reread_at = 0.0
        self._filtered: set[str] = set()  # services of which Consul says that the token may not read all
        self._is_canary_missing = False  # as the last consistency probe saw it

    @property
    def has_read_everything(self) -> bool:
        """Whether each service has been read since the start."""
        return self._unread == set()

    @property
    def query_count(self) -> int:
        """How many services have a blocking query of their own."""
        return self.pool.query_count if self.pool else 0

    def follow(self, service_list: bytes, kept: Iterable[str]) -> list[tuple[str, bool]]:
        """Follow the services that may be selected; return those of `kept`, and of the followed, that no longer are.

        Each comes with whether the changed policy is the reason. Raises msgspec.DecodeError.
        """
        self._service_list = service_list
        tags = service_tags(service_list)
        services = self._selected(tags)
        if self._unread is None:
            self._unread = set(services)
        self._unread &= services
        self.pool.follow(services)
        vanished = (self._followed | set(kept)) - services
        self._followed = services
        self._filtered -= vanished
        for name in vanished:
            self._parser.discard(name)
        return [(name, name in self._reselected and name in tags) for name in vanished]

    def note_read(self, update: ServiceInstances) -> bool:
        """Note that a service was read; return whether there is anything new to parse."""
        if update.service not in self._followed:
            return False  # a late answer of a service that is gone
        if self._unread:
            self._unread.discard(update.service)
        if update.body is not None:
            self.note_filtered(update.service, is_filtered=update.is_filtered)
        return update.body is not None

    def note_filtered(self, service: str, *, is_filtered: bool) -> None:
        """Note whether the token may not read all of a service, or of the list of services ("")."""
        (self._filtered.add if is_filtered else self._filtered.discard)(service)

    def parse(self, service: str, body: bytes, is_dead: Callable[[Target], bool] = lambda _: False) -> ParsedService:
        """Return what an answer says of a service; raise msgspec.DecodeError."""
        parsed = self._parser.parse(service, body, is_dead)
        if not self.dc:
            self.dc = next((target.dc for target in parsed.targets.values()), "")
        return parsed

    def recall(self, service: str, is_dead: Callable[[Target], bool]) -> ParsedService:
        """Return what was parsed last of a service."""
        return self._parser.recall(service, is_dead)

    def deselected(self, service: str, parsed: ParsedService) -> frozenset[Key]:
        """Return which instances the changed policy leaves out; nothing from the second read on."""
        if service not in self._reselected:
            return frozenset()
        self._reselected.discard(service)
        return parsed.other_keys

    def use_policy(self, policy: Policy, services: Iterable[str]) -> bytes | None:
        """Go by another policy, and return the list of services to follow anew; None when it was not read yet."""
        self._policy = policy
        self._parser.use_policy(policy)
        self._reselected = set(services)
        return self._service_list

    def read_anew(self) -> None:
        """Read and understand everything anew."""
        self._parser.forget_rows()
        self.pool.reset()

    def note_failure(self, failure: ReadFailure) -> None:
        """Count and log a failed read; queries leave an address that answers no probe."""
        self._failures.note_failure(failure, self.dc)
        if failure.is_probe and failure.reason == "unreachable":
            self.pool.note_failed_probes(self._failures.unanswered_probes)
        if failure.reason in REFUSALS:
            self.pool.note_refused_connection()

    def note_answer(self, result: ProbeResult) -> ProbeResult:
        """Note that Consul answers, and what the datacenter is called; return what follows from it and all answers."""
        self._failures.note_answer(self.dc)
        self.dc = result.dc or self.dc
        is_newly_filtered = bool(self._filtered) and not result.fingerprint.is_filtered
        return result._replace(freeze_reason="filtered") if is_newly_filtered and not result.freeze_reason else result

    def wake(self, result: ProbeResult, *, must_reread: bool) -> None:
        """Read anew where queries may wait for an index that never comes, and repeat orders that went unnoticed."""
        is_canary_missing = result.freeze_reason == "canary"
        is_due = result.freeze_reason == "filtered" and result.at >= self._filtered_reread_at
        if is_due or must_reread or result.freeze_reason == "index" or is_canary_missing != self._is_canary_missing:
            self._filtered_reread_at = result.at + FILTERED_REREAD_SECONDS
            self.pool.reset()
        self._is_canary_missing = is_canary_missing
        self.pool.nudge()

    def _selected(self, tags: dict[str, tuple[str, ...]]) -> frozenset[str]:
        """Return the services that may be selected or probed; those with an unsafe name are refused."""
        selection = self._policy.selection
        services = {
            name
            for name, of_service in tags.items()
            if selection.may_select(name, of_service) or has_probe_tag(of_service)
        }
        unsafe = {name for name in services if not is_safe_name(name)}
        detail = "can't stand in a URL path"
        self.refusals.note("", frozenset(Refusal(("", "", name), "name", detail) for name in unsafe))
        return frozenset(services - unsafe)
