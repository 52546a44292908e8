"""Virtual time: the program's own threads run one at a time as greenlets, and only waiting makes the clock go on.

    simulation = Simulation()
    with simulation.entered():
        threading.Thread(target=work).start()
    simulation.run_for(600)  # ten minutes, as fast as the work itself takes

Whatever `work` does by `time`, `threading.Thread`, `threading.Event` and `queue.SimpleQueue` happens in that time, in
an order that is always the same. What is not simulated (locks, sockets) may be used as long as nothing waits.
"""

import collections
import heapq
import itertools
import queue
import threading
import time
from contextlib import contextmanager
from unittest import mock

import greenlet

START_SECONDS = 1_800_000_000.0
TURNS_MAX = 200_000  # of one call of `run_for`: more are an endless loop in no time


class Task:
    """A simulated thread: what it waits for, until when, and the exception that ended it."""

    def __init__(self, thread, hub):
        self.thread = thread
        self.condition = None  # None: it can go on
        self.wakes_at = None  # None: never by time alone
        self.error = None
        self.greenlet = greenlet.greenlet(self._run, parent=hub)

    def _run(self):
        try:
            self.thread.run()
        except Exception as error:  # noqa: BLE001 - a thread may die of anything, and that is what is looked for
            self.error = error


class SimulatedQueue:
    """`queue.SimpleQueue` whose `get` waits in virtual time."""

    def __init__(self):
        self._items = collections.deque()

    def __class_getitem__(cls, _):
        return cls

    def put(self, item):
        self._items.append(item)

    def get(self, block=True, timeout=None):  # noqa: FBT002 - the signature is Python's
        if block and not self._items:
            Simulation.current.wait(lambda: self._items, timeout)
        return self.get_nowait()

    def get_nowait(self):
        if not self._items:
            raise queue.Empty
        return self._items.popleft()

    def empty(self):
        return not self._items

    def qsize(self):
        return len(self._items)


class SimulatedPriorityQueue(SimulatedQueue):
    """`queue.PriorityQueue`, likewise."""

    def __init__(self):
        self._items = []

    def put(self, item):
        heapq.heappush(self._items, item)

    def get_nowait(self):
        if not self._items:
            raise queue.Empty
        return heapq.heappop(self._items)


class Simulation:
    """The clock, and the threads that run by it."""

    current = None

    def __init__(self):
        self.now = START_SECONDS
        self.tasks = []
        self.after_turn = lambda: None  # is called each time the clock goes on
        self._numbers = itertools.count()
        self._timers = []

    @contextmanager
    def entered(self):
        """Have `time`, `threading` and `queue` mean this simulation."""
        outer, Simulation.current = Simulation.current, self

        # A bound method in a class would not be given the thread.
        def is_alive(thread):
            return self.is_alive(thread)

        def start(thread):
            self._start(thread)

        def now():
            return self.now

        patches = [
            mock.patch.object(time, "time", now),
            mock.patch.object(time, "monotonic", now),
            mock.patch.object(time, "sleep", lambda seconds: self.wait(lambda: False, max(seconds, 0))),
            mock.patch.object(queue, "SimpleQueue", SimulatedQueue),
            mock.patch.object(queue, "PriorityQueue", SimulatedPriorityQueue),
            mock.patch.object(threading.Thread, "start", start),
            mock.patch.object(threading.Thread, "is_alive", is_alive),
            mock.patch.object(threading.Thread, "join", lambda thread, timeout=None: self._join(thread, timeout)),
            mock.patch.object(threading.Event, "wait", lambda event, timeout=None: self._wait_event(event, timeout)),
        ]
        for patch in patches:
            patch.start()
        try:
            yield self
        finally:
            for patch in reversed(patches):
                patch.stop()
            Simulation.current = outer

    def run_for(self, seconds):
        """Let time pass."""
        self.run_until(lambda: False, seconds)

    def run_until(self, condition, seconds):
        """Let time pass until the condition holds, at most so long; return whether it does."""
        end = self.now + seconds
        with self.entered():
            for _ in range(TURNS_MAX):
                self._run_ready()
                if condition():
                    return True
                self._drop_old_timers()
                if not self._timers or self._timers[0][0] > end:
                    self.now = end
                    self.after_turn()
                    return bool(condition())
                self.now = max(self.now, self._timers[0][0])
                self.after_turn()
        raise AssertionError(f"{TURNS_MAX} turns in {seconds} s: a loop that never waits")

    def wait(self, condition, timeout=None):
        """Wait, in a simulated thread, until the condition holds or the time is over; return what it is then."""
        task = next((task for task in self.tasks if task.greenlet is greenlet.getcurrent()), None)
        if task is None:  # the test itself asks: the others run meanwhile
            return self.run_until(condition, 3600 if timeout is None else timeout)
        task.condition = condition
        task.wakes_at = None if timeout is None else self.now + timeout
        if timeout is not None:
            heapq.heappush(self._timers, (task.wakes_at, next(self._numbers), task))
        task.greenlet.parent.switch()
        task.condition = task.wakes_at = None
        return condition()

    def end(self):
        """Forget all threads."""
        for task in self.tasks:
            if not task.greenlet.dead:
                task.greenlet.throw(greenlet.GreenletExit)
        self.tasks, self._timers = [], []

    def is_alive(self, thread):
        """Return whether a thread still runs."""
        return any(task.thread is thread and not task.greenlet.dead for task in self.tasks)

    def errors(self):
        """Return (thread, exception) of those that ended by one."""
        return [(task.thread, task.error) for task in self.tasks if task.error]

    def alive_count(self):
        """Return how many threads run."""
        self.tasks = [task for task in self.tasks if task.error or not task.greenlet.dead]
        return sum(not task.greenlet.dead for task in self.tasks)

    def _run_ready(self):
        has_run = True
        while has_run:
            has_run = False
            for task in tuple(self.tasks):
                if not task.greenlet.dead and self._can_run(task):
                    task.greenlet.parent = greenlet.getcurrent()
                    task.greenlet.switch()
                    has_run = True

    def _can_run(self, task):
        if task.wakes_at is not None and task.wakes_at <= self.now:
            return True
        return task.condition is None or bool(task.condition())

    def _drop_old_timers(self):
        while self._timers and (self._timers[0][0] <= self.now or self._timers[0][2].wakes_at != self._timers[0][0]):
            heapq.heappop(self._timers)

    def _start(self, thread):
        self.tasks.append(Task(thread, greenlet.getcurrent()))

    def _join(self, thread, timeout):
        self.wait(lambda: not self.is_alive(thread), timeout)

    def _wait_event(self, event, timeout):
        return bool(event.is_set() or self.wait(event.is_set, timeout))
