"""What is to be read, the most urgent first; nothing waits twice."""

import queue
import threading
from typing import Literal, NamedTuple

# What is read first: what is new, what has changed, what may have, and many that changed at once.
FIRST, ASKED, ROUND, MASS = 0, 1, 2, 3

# A service's instances; the whole catalog.
Kind = Literal["service", "catalog"]


class Order(NamedTuple):
    """One read; those of one priority come in the order of their numbers."""

    priority: int
    number: int
    kind: Kind
    name: str


class ReadOrders:
    """Orders for any number of readers."""

    def __init__(self) -> None:
        self._queue: queue.PriorityQueue[Order] = queue.PriorityQueue()
        self._waiting: dict[tuple[Kind, str], int] = {}  # the priority with which each waits
        self._number = 0
        self._round_reads = 0  # of a round, under way
        self._lock = threading.Lock()

    def put(self, kind: Kind, name: str, priority: int) -> None:
        """Have something read, unless it waits already and is as urgent."""
        with self._lock:
            if self._waiting.get((kind, name), MASS + 1) > priority:
                self._waiting[kind, name] = priority
                self._number += 1
                self._queue.put(Order(priority, self._number, kind, name))

    def take(self) -> Order | None:
        """Wait for the next order; return None for one that a more urgent one has overtaken.

        A change from here on is another order. Each that was returned is `done` at some time.
        """
        order = self._queue.get()
        with self._lock:
            if self._waiting.get((order.kind, order.name)) != order.priority:
                return None
            del self._waiting[order.kind, order.name]
            self._round_reads += order.priority == ROUND
        return order

    def done(self, order: Order) -> None:
        """Note that an order was carried out, or failed."""
        with self._lock:
            self._round_reads -= order.priority == ROUND

    @property
    def has_round(self) -> bool:
        """Whether anything of a round waits, or is under way."""
        with self._lock:
            return self._round_reads > 0 or ROUND in self._waiting.values()
