"""Puts the bridge together from its settings, and runs it with all that surrounds it."""

import signal
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog

from discovery.bridge import Bridge, WriteTiming
from discovery.configuration import build_options
from discovery.consul.access import Access
from discovery.consul.blocking_query import QueryTiming
from discovery.consul.service_readers import READERS
from discovery.consul.updates import Fingerprint, OnUpdate
from discovery.consul.watch_pool import PoolOptions, WatchPool
from discovery.control import Control
from discovery.datacenter.datacenter import MakePool
from discovery.http.application import make_application, make_server
from discovery.metrics.gauges import make_page
from discovery.periodic_jobs import Intervals, make_scheduler
from discovery.publishing.files import Folder
from discovery.reloading import Reloader
from discovery.settings import Settings
from vigie.core.errors import ProblemError
from vigie.core.settings import Common
from vigie.core.supervised_thread import supervised_thread
from vigie.core.web_config.gate import Gate

log = structlog.get_logger()

OVERHEAD_CONNECTIONS = 3 + READERS  # of each datacenter: list of services, consistency probe, overview, readers
FRESH_PROBES = 3


class Program(NamedTuple):
    """The settings, and the flags from which they are read again."""

    settings: Settings
    common: Common
    flags: Mapping[str, Any]


def run(program: Program) -> None:
    """Run the bridge until SIGTERM or SIGINT; raise ProblemError when it can't start."""
    settings = program.settings
    bridge = make_bridge(settings)
    gate = Gate(settings.web_config_file) if settings.web_config_file else None
    application = make_application(bridge.snapshot, make_page(bridge.snapshot, bridge.counters))
    server = make_server(settings.web_listen_address, application, gate)
    try:
        control = Control(settings.output / ".state", bridge)
    except OSError as error:
        server.stop()
        raise ProblemError(f"output: can't listen in {settings.output / '.state'}: {error}") from error
    reloader = Reloader(program.flags, bridge, settings)
    scheduler = make_scheduler(bridge, read_intervals(settings), reloader.reload_when_changed)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: bridge.stop())
    signal.signal(signal.SIGHUP, lambda *_: bridge.post(reloader.reload))
    supervised_thread("http", server.serve, bridge.counters.count_restart).start()
    control.start()
    scheduler.start()
    try:
        bridge.run(prepare_pools(settings, program.common))
    finally:
        scheduler.shutdown(wait=False)
        control.close()
        server.stop()


def run_once(program: Program) -> None:
    """Read everything once and write the files; raise ProblemError when that takes too long."""
    bridge = make_bridge(program.settings)
    seconds = program.settings.once_timeout
    timer = threading.Timer(seconds, bridge.stop)
    timer.daemon = True
    timer.start()
    is_complete = bridge.run(prepare_pools(program.settings, program.common), is_once=True)
    timer.cancel()
    if not is_complete:
        raise ProblemError(
            f"not everything could be read and judged in {seconds:g} s, the files keep the targets of before; "
            "expected Consul to answer (the log tells more) or a longer --once-timeout"
        )


def make_bridge(settings: Settings) -> Bridge:
    """Return the bridge, not running yet; raise ProblemError for a folder that can't be used."""
    fresh_seconds = FRESH_PROBES * settings.consistency_probe_interval
    timing = WriteTiming(settings.write_interval, fresh_seconds, settings.ended_retention)
    try:
        return Bridge(Folder(settings.output), build_options(settings), settings.datacenters, timing)
    except OSError as error:
        raise ProblemError(
            f"output: can't use {settings.output}: {error}; expected a folder we may write to"
        ) from error


def prepare_pools(settings: Settings, common: Common) -> MakePool:
    """Return how the threads that read a datacenter are made."""
    timing = QueryTiming(settings.watch_timeout, settings.read_interval, settings.max_backoff)
    count = max(1, len(settings.datacenters))
    connections = max(1, (settings.watch_connections + OVERHEAD_CONNECTIONS) // count - OVERHEAD_CONNECTIONS)
    options = PoolOptions(connections, settings.consistency_probe_interval, settings.sweep_interval)

    def make_pool(datacenter: str, on_update: OnUpdate, fingerprint: Fingerprint) -> WatchPool:
        access = Access(common.consul, settings.request_timeout, datacenter)
        return WatchPool(on_update, access, timing, fingerprint=fingerprint, options=options)

    return make_pool


def read_intervals(settings: Settings) -> Intervals:
    """Return how often the periodic jobs run."""
    return Intervals(
        prove_seconds=settings.release_window / 2,  # three reads: at the beginning, in the middle, at the end
        nodes_seconds=settings.nodes_interval,
        files_check_seconds=settings.files_check_interval,
        config_check_seconds=settings.config_check_interval,
        resync_seconds=settings.resync_interval,
    )
