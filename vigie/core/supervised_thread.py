"""Keeps a thread's work going: what ends it unexpectedly is told, counted, and the work begins anew."""

import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

import structlog

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0
# After so long without a failure the next one counts as the first.
HEALTHY_SECONDS = 60.0

# Is called with the thread's name each time that its work begins anew.
OnRestart = Callable[[str], None]


def keep_running(name: str, work: Callable[[], None], on_restart: OnRestart) -> None:
    """Do `work` until it returns; when it raises what nobody expected, do it again after a pause.

    The log gets the error's type and place, not its text: that may hold a secret.
    """
    pause_seconds = FIRST_PAUSE_SECONDS
    while True:
        started_at = time.monotonic()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the one place where a thread's own faults end
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400 - without the error's text
                "thread died, it begins anew",
                thread=name,
                error=type(error).__name__,
                at=f"{place.name}:{place.lineno}",
            )
            with suppress(Exception):  # telling it must not be what ends the thread for good
                on_restart(name)
        else:
            return
        if time.monotonic() - started_at > HEALTHY_SECONDS:
            pause_seconds = FIRST_PAUSE_SECONDS
        time.sleep(pause_seconds)
        pause_seconds = min(MAX_PAUSE_SECONDS, pause_seconds * 2)


def supervised_thread(name: str, work: Callable[[], None], on_restart: OnRestart) -> threading.Thread:
    """Return a daemon thread, not started yet, that does `work` as `keep_running` does."""
    return threading.Thread(target=keep_running, args=(name, work, on_restart), name=name, daemon=True)
