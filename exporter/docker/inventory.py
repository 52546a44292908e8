"""Knows which containers there are, from the daemon's events, on a thread of its own: a scrape never waits for it."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import structlog

from exporter.base.backoff import Backoff
from exporter.docker.client import Client, Event, Events, StatusError
from exporter.docker.container import Container, Inspected, understand
from vigie.core.thread_restarts import watched_thread

log = structlog.get_logger()
FAILURES = (OSError, ValueError)  # msgspec's and json's errors are ValueErrors
GONE = frozenset({"destroy", "remove"})
JOIN_SECONDS = 2.0


class Snapshot(NamedTuple):
    """The containers by id at one moment; `generation` grows with each change.

    `is_known` is False until the daemon has once been read whole: an absent container means nothing before.
    `is_connected` tells whether its events are being followed now; the containers are the last known ones otherwise.
    """

    generation: int
    containers: Mapping[str, Container]
    is_known: bool
    is_connected: bool
    failure: str  # why it is not connected, "" when it is or was never tried

    @property
    def is_unavailable(self) -> bool:
        """Whether there seems to be no daemon, rather than one that has not answered yet."""
        return not self.is_known and self.failure != ""


class Inventory:
    """Follows one daemon: reads everything once, then what each event concerns; starts over when the stream breaks."""

    def __init__(
        self,
        client: Client,
        *,
        environment_names: Collection[str] = (),
        stopped_retention_seconds: float = 900.0,
        ping_interval_seconds: float = 60.0,
        retry_backoff_seconds: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the daemon's client, and after how long a stopped container is forgotten.

        After `ping_interval_seconds` without an event the daemon is pinged; `retry_backoff_seconds` is the longest
        pause between tries to reach it.
        """
        self.client = client
        self._environment_names = frozenset(environment_names)
        self._stopped_retention_seconds = stopped_retention_seconds
        self._ping_interval_seconds = ping_interval_seconds
        self._backoff = Backoff(retry_backoff_seconds)
        self._now = now
        self._containers: dict[str, Container] = {}
        self._oom_events: dict[str, int] = {}
        self._stopped: set[str] = set()
        self._unanswered: set[str] = set()
        self._retried_at = time.monotonic()
        self._events: Events | None = None
        self._was_connected = False
        self._ending = threading.Event()
        self._changed = threading.Condition()
        self._snapshot = Snapshot(0, {}, is_known=False, is_connected=False, failure="")
        self._thread = watched_thread("containers", self._run, self._after_death)

    def start(self) -> None:
        """Begin to follow the daemon, present or not."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; it is left alone when the daemon keeps it waiting."""
        self._ending.set()
        events = self._events
        if events is not None:
            events.interrupt()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        with self._changed:
            self._changed.notify_all()

    def snapshot(self) -> Snapshot:
        """Return what is known now, at once."""
        return self._snapshot

    def wait(self, known_generation: int, timeout_seconds: float) -> Snapshot:
        """Return what is known as soon as it is newer than `known_generation`, or after `timeout_seconds`."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._snapshot.generation > known_generation or self._ending.is_set(), timeout_seconds
            )
            return self._snapshot

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow()
            except FAILURES as error:
                if not self._ending.is_set():
                    self._disconnected(f"{type(error).__name__}: {error}")
            finally:
                self._events = None
            if self._was_connected:
                self._backoff.reset()
            self._ending.wait(self._backoff.next_seconds())

    def _after_death(self, _thread: str) -> None:
        """Take note that the thread died of something unexpected: what is known of containers may be old."""
        self._disconnected("internal error, it begins anew")

    def _follow(self) -> None:
        """Read everything, then follow the events; raise when the daemon fails, return when we end."""
        self._was_connected = False
        self.client.negotiate()
        # The stream is opened before the list is read, so that nothing can happen between the two.
        with closing(self.client.events()) as events:
            self._events = events
            self._read_all()
            self._was_connected = True
            self._publish(is_connected=True)
            log.info("following the container daemon", url=self.client.url, containers=len(self._containers))
            self._listen(events)

    def _listen(self, events: Events) -> None:
        while not self._ending.is_set():
            try:
                self._take(events.next(self._ping_interval_seconds))
            except TimeoutError:
                self.client.ping()  # a daemon that hangs leaves the stream open and silent
            self._retry_unanswered()
            self._publish(is_connected=True)

    def _retry_unanswered(self) -> None:
        """Ask for the containers about which the daemon did not answer, at most once in `ping_interval_seconds`."""
        if time.monotonic() - self._retried_at < self._ping_interval_seconds:
            return
        self._retried_at = time.monotonic()
        for container_id in list(self._unanswered):
            self._inspect(container_id)

    def _read_all(self) -> None:
        ids = self.client.list_ids()
        for container_id in self._containers.keys() - set(ids):
            del self._containers[container_id]
        self._unanswered &= set(ids)
        for container_id in ids:
            if self._ending.is_set():
                return
            self._inspect(container_id)

    def _take(self, happened: list[Event]) -> None:
        """Note what only events tell, forget what is gone, and ask once for each container that an event concerns."""
        for event in happened:
            self._note(event)
        last = {event.Actor.ID: event.Action for event in happened if event.Actor.ID}
        for container_id, action in last.items():
            if action in GONE:
                self._containers.pop(container_id, None)
                self._unanswered.discard(container_id)
            else:
                self._inspect(container_id)

    def _note(self, event: Event) -> None:
        """Count a kill for memory, and remember who was told to stop until he starts again."""
        container_id = event.Actor.ID
        if event.Action == "oom":
            self._oom_events[container_id] = self._oom_events.get(container_id, 0) + 1
        elif event.Action == "stop":
            self._stopped.add(container_id)
        elif event.Action == "start":
            self._stopped.discard(container_id)

    def _inspect(self, container_id: str) -> None:
        """Take over what the daemon says of a container; one that it does not know (any more) is forgotten."""
        try:
            container = understand(self.client.inspect(container_id, Inspected), self._environment_names)
        except StatusError as error:
            if error.status != 404:
                raise
            self._containers.pop(container_id, None)
            self._unanswered.discard(container_id)
            return
        except TimeoutError:
            self.client.ping()  # a container can be stuck in a daemon that is well; else this raises
            if container_id not in self._unanswered:
                log.warning("the daemon does not answer for a container", id=container_id)
                self._unanswered.add(container_id)
            return
        except msgspec.ValidationError as error:
            log.warning("a container's facts can't be read", id=container_id, reason=str(error))
            return
        self._unanswered.discard(container_id)
        self._containers[container_id] = msgspec.structs.replace(
            container,
            oom_events=self._oom_events.get(container_id, 0),
            was_stopped=container_id in self._stopped and not container.is_running,
        )

    def _publish(self, *, is_connected: bool, failure: str = "") -> None:
        """Make what is known visible, and wake who waits when it has changed."""
        oldest = self._now() - self._stopped_retention_seconds
        for container_id, container in list(self._containers.items()):
            if container.state in {"exited", "dead"} and container.finished_at < oldest:
                del self._containers[container_id]
        self._oom_events = {key: count for key, count in self._oom_events.items() if key in self._containers}
        self._stopped &= self._containers.keys()
        last = self._snapshot
        is_known = last.is_known or is_connected
        changed = self._containers != last.containers
        if not changed and (is_known, is_connected, failure) == (last.is_known, last.is_connected, last.failure):
            return
        containers = MappingProxyType(dict(self._containers)) if changed else last.containers
        with self._changed:
            self._snapshot = Snapshot(last.generation + 1, containers, is_known, is_connected, failure)
            self._changed.notify_all()

    def _disconnected(self, reason: str) -> None:
        """Keep the last known containers, and say once why they may be old."""
        if reason != self._snapshot.failure:
            level = log.warning if self._snapshot.is_known else log.info
            level("the container daemon can't be followed; trying again", url=self.client.url, reason=reason)
        self._publish(is_connected=False, failure=reason)
