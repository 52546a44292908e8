"""Decides which thread follows what, within a bound on connections for any number of services."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import structlog

from discovery.consul.absences import Absence
from discovery.consul.access import Access
from discovery.consul.blocking_query import BlockingQuery, Fetch, OnAnswer, QueryTiming
from discovery.consul.connection import Answer, Connection
from discovery.consul.connection_limit import ConnectionLimit
from discovery.consul.consistency_probe import ConsistencyProbe
from discovery.consul.health_overview import Digests, digest_services, find_changed
from discovery.consul.service_readers import ServiceReaders
from discovery.consul.updates import Fingerprint, OnUpdate, ReadFailure, ServiceInstances, ServiceList, ThreadRestart

log = structlog.get_logger()

RESET_AFTER_FAILED_PROBES = 2  # with one address; with several, the first failed probe is reason enough


# Consul 1.8 counts a connection that we have closed until the query that waited on it ends. Where connections may run
# short, queries therefore wait shortly at first: what we give up is then soon free for others.
CROWDED = 40
FIRST_WAIT_SECONDS = 10.0


class PoolOptions(NamedTuple):
    """How many services have a blocking query of their own; how often to probe, and to sweep over the rest."""

    query_connections: int
    probe_interval_seconds: float
    sweep_interval_seconds: float


class WatchPool:
    """All threads that read one datacenter; they call `on_update`."""

    def __init__(
        self,
        on_update: OnUpdate,
        access: Access,
        timing: QueryTiming,
        *,
        fingerprint: Fingerprint,
        options: PoolOptions,
    ) -> None:
        self._on_update, self._access, self._timing = on_update, access, timing
        self._limit = ConnectionLimit(options.query_connections)
        self._followed: frozenset[str] = frozenset()
        self._queries: dict[str, BlockingQuery] = {}
        self._stopped: list[BlockingQuery] = []
        self._overview: BlockingQuery | None = None
        self._digests: Digests = {}
        self._readers = ServiceReaders(
            access, self._report_instances, options.sweep_interval_seconds, self._report_restart
        )
        self._probe = ConsistencyProbe(Connection(access), on_update, options.probe_interval_seconds, fingerprint)
        self._catalog = self._query(lambda connection, *wait: connection.services(*wait), self._report_services)

    @property
    def query_count(self) -> int:
        """How many services have a blocking query of their own."""
        return len(self._queries)

    def start(self) -> None:
        """Begin to follow the list of services, and to probe."""
        self._probe.start()
        self._catalog.start()

    def follow(self, services: Iterable[str]) -> None:
        """Follow exactly these services: as many as connections allow by their own query, the rest in rounds."""
        self._followed = frozenset(services)
        for name in self._queries.keys() - self._followed:
            self._stop_query(name)
        for name in self._surplus():
            self._stop_query(name)
        new = sorted(self._followed - self._queries.keys())
        free = max(0, self._limit.current - len(self._queries))
        for name in new[:free]:
            self._queries[name] = self._query_instances(name)
            self._queries[name].start()
        self._readers.follow(new[free:])
        if new[free:] and self._overview is None:
            self._overview = self._query(lambda connection, *wait: connection.checks("any", *wait), self._read_changed)
            self._overview.start()

    def note_refused_connection(self) -> None:
        """Use fewer connections: Consul gives us no more, or others at our address need theirs."""
        answered = sum(query.has_answered for query in self._queries.values())
        if self._limit.refuse(answered):
            log.warning(
                "Consul refuses connections: fewer services are followed by their own", queries=self._limit.current
            )
            self.follow(self._followed)

    def _surplus(self) -> list[str]:
        """Return the services whose queries are too many, those first whose connection was refused."""
        by_success = sorted(self._queries, key=lambda name: (self._queries[name].has_answered, name))
        return by_success[: max(0, len(self._queries) - self._limit.current)]

    def _stop_query(self, name: str) -> None:
        self._stopped.append(self._queries.pop(name))
        self._stopped[-1].stop()

    def probe(self, *, with_nodes: bool = False, strict_services: Iterable[str] = ()) -> None:
        """Probe now; read the nodes as well if `with_nodes`, and each of `strict_services` strictly."""
        self._probe.request(with_nodes=with_nodes, strict_services=frozenset(strict_services))

    def read_again(self, services: Iterable[str]) -> None:
        """Read some services anew, whatever their queries wait for."""
        for name in services:
            if name in self._queries:
                self._queries[name].reset()
        self._readers.request(services)

    def watch_absences(self, absences: tuple[Absence, ...]) -> None:
        """Have each probe from now on tell which of these are hidden."""
        self._probe.absences = absences

    def accept_filtered(self) -> None:
        """Take what the token may read from now on for all that there is."""
        self._probe.accept_filtered()

    def reset(self) -> None:
        """Read everything anew: what was read before can't be believed."""
        self._digests = {}
        self._readers.reset()
        for query in self._running():
            query.reset()

    def note_failed_probes(self, count: int) -> None:
        """Reset the queries when `count` probes in a row reached nobody: they may wait in vain at a mute server."""
        if count == (RESET_AFTER_FAILED_PROBES if len(self._access.server.url) == 1 else 1):
            self.reset()  # which also makes each go to the next address

    def nudge(self) -> None:
        """Make sure that every thread noticed its last order; to be called now and then."""
        self._stopped = [query for query in self._stopped if query.is_alive()]
        for query in (*self._running(), *self._stopped):
            query.nudge()
        if self._limit.grow():
            self.follow(self._followed)

    def _running(self) -> tuple[BlockingQuery, ...]:
        return (self._catalog, *self._queries.values(), *([self._overview] if self._overview else []))

    def _query(self, fetch: Fetch, on_answer: OnAnswer, timing: QueryTiming | None = None) -> BlockingQuery:
        return BlockingQuery(Connection(self._access), fetch, on_answer, timing or self._timing, self._report_restart)

    def _query_instances(self, name: str) -> BlockingQuery:
        return self._query(
            lambda connection, *wait: connection.instances(name, *wait),
            lambda answer, at: self._report_instances(name, answer, at),
            self._timing._replace(first_wait_seconds=FIRST_WAIT_SECONDS) if len(self._followed) > CROWDED else None,
        )

    def _report_services(self, answer: Answer | ReadFailure | None, at: float) -> None:
        if isinstance(answer, ReadFailure):
            self._on_update(answer)
            return
        self._on_update(ServiceList(answer.body, at, answer.is_filtered) if answer else ServiceList(None, at))
        # The index of the catalog moved: some service has changed, and those without a query tell nobody.
        self._readers.read_round()

    def _report_instances(self, name: str, answer: Answer | ReadFailure | None, at: float) -> None:
        if isinstance(answer, ReadFailure):
            self._on_update(answer)
        elif answer is None:
            self._on_update(ServiceInstances(name, None, at))
        else:
            self._on_update(ServiceInstances(name, answer.body, at, answer.index, answer.is_filtered))

    def _report_restart(self, thread: str) -> None:
        self._on_update(ThreadRestart(thread))

    def _read_changed(self, answer: Answer | ReadFailure | None, _at: float) -> None:
        if isinstance(answer, ReadFailure):
            self._on_update(answer)
        elif answer is not None:
            try:
                digests = digest_services(answer.body)
            except msgspec.DecodeError as error:
                self._on_update(ReadFailure("answer", str(error)))
                return
            before, self._digests = self._digests, digests
            self._readers.request(find_changed(before, digests))
