"""What the bridge does now and then, each with its period; the work itself is done by the bridge's loop."""

from collections.abc import Callable
from typing import NamedTuple

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from discovery.bridge import Bridge

JITTER_SHARE = 0.2


class Periods(NamedTuple):
    """In seconds: between two proofs, reads of nodes, looks at the files and at the configuration, and full reads."""

    prove: float
    read_nodes: float
    look_after_files: float
    check_config: float
    resync: float


def scheduler(bridge: Bridge, periods: Periods, check_config: Callable[[], None]) -> BackgroundScheduler:
    """Return a scheduler, not started yet, that puts each job into the bridge's loop in time."""
    made = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
    jobs = (
        (bridge.prove, periods.prove, 0.0),
        (bridge.read_nodes, periods.read_nodes, 0.0),
        (bridge.look_after_files, periods.look_after_files, 0.0),
        (check_config, periods.check_config, 0.0),
        # Many bridges that were started together must not read everything at the same time.
        (bridge.resync, periods.resync, periods.resync * JITTER_SHARE),
    )
    for action, seconds, jitter_seconds in jobs:
        made.add_job(
            bridge.post,
            "interval",
            (action,),
            seconds=seconds,
            jitter=jitter_seconds or None,
            coalesce=True,
            misfire_grace_time=None,
        )
    return made
