"""What is to be done in the bridge's one loop: actions in the order in which they came, an operator's before all."""

import queue
import time
from collections.abc import Callable

Action = Callable[[], object]

TURN_SECONDS = 0.5  # after so long the loop has a look at what else is due, however much is left to do


class Inbox:
    """Takes actions from any thread and from signal handlers; `take_turn` does them, in one thread."""

    def __init__(self) -> None:
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()  # one item for each action, and for the stop
        self._urgent: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self._ordinary: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self.is_stopping = False

    def post(self, action: Action) -> None:
        """Have `action` done in its turn."""
        self._ordinary.put(action)
        self._wake.put(None)

    def post_urgent(self, action: Action) -> None:
        """Have `action` done next, whatever waits."""
        self._urgent.put(action)
        self._wake.put(None)

    def stop(self) -> None:
        """Have nothing done any more."""
        self.is_stopping = True
        self._wake.put(None)

    def take_turn(self, timeout_seconds: float | None) -> bool:
        """Do what is there, for a moment at most, after waiting for it; return whether all of it is done."""
        try:
            self._wake.get(timeout=timeout_seconds)
            until = time.monotonic() + TURN_SECONDS
            while not self.is_stopping:
                self._do_next()
                if time.monotonic() > until:
                    return False
                self._wake.get_nowait()
        except queue.Empty:
            return True
        return True

    def _do_next(self) -> None:
        for waiting in (self._urgent, self._ordinary):
            try:
                action = waiting.get_nowait()
            except queue.Empty:
                continue
            action()
            return
