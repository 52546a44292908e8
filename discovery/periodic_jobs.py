"""What the bridge does now and then; the work itself is done by the bridge's loop."""

from collections.abc import Callable
from typing import Any, NamedTuple

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from discovery.bridge import Bridge
from vigie.core.supervised_thread import OnRestart, keep_running

JITTER_SHARE = 0.2


class Intervals(NamedTuple):
    """How often each job runs."""

    prove_seconds: float
    nodes_seconds: float
    files_check_seconds: float
    config_check_seconds: float
    resync_seconds: float


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler has no types
    """A scheduler whose thread begins anew when something unexpected ends it."""

    def __init__(self, on_restart: OnRestart, **options: Any) -> None:
        super().__init__(**options)
        self._on_restart = on_restart

    def _main_loop(self) -> None:
        keep_running("scheduler", super()._main_loop, self._on_restart)


def make_scheduler(bridge: Bridge, intervals: Intervals, check_config: Callable[[], None]) -> BackgroundScheduler:
    """Return a scheduler, not started yet, that puts each job into the bridge's loop in time."""
    scheduler = _Scheduler(bridge.counters.count_restart, timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
    jobs = (
        (bridge.prove_held, intervals.prove_seconds, 0.0),
        (bridge.check_lost, intervals.nodes_seconds, 0.0),
        (bridge.repair_files, intervals.files_check_seconds, 0.0),
        (check_config, intervals.config_check_seconds, 0.0),
        # Many bridges that were started together must not read everything at the same time.
        (bridge.resync, intervals.resync_seconds, intervals.resync_seconds * JITTER_SHARE),
    )
    for action, seconds, jitter_seconds in jobs:
        scheduler.add_job(
            bridge.post,
            "interval",
            (action,),
            seconds=seconds,
            jitter=jitter_seconds or None,
            coalesce=True,
            misfire_grace_time=None,
        )
    return scheduler
