"""Threads of this process that keep going: what ends one unexpectedly is told, counted, and it begins anew."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from vigie.core.supervised_thread import OnRestart, supervised_thread

# Of this process, as its CPU time is: threads are started in the depths of collectors, too.
_counts: Counter[str] = Counter()


def count_restart(thread: str) -> None:
    """Count that the work of a thread began anew."""
    _counts[thread] += 1


def watched_thread(name: str, work: Callable[[], None], on_restart: OnRestart = lambda _: None) -> threading.Thread:
    """Return a daemon thread, not started yet, that does `work` again whenever something unexpected ends it."""

    def take_note(thread: str) -> None:
        count_restart(thread)
        on_restart(thread)

    _counts.setdefault(name, 0)
    return supervised_thread(name, work, take_note)


def restart_counts() -> Mapping[str, int]:
    """Return how often each thread began anew; one is listed from its first start on."""
    return _counts.copy()
