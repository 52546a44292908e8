"""Puts the bridge together from its settings, and runs it with all that surrounds it."""

import signal
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog

from discovery.bridge import Bridge, Pace
from discovery.configuration import rules
from discovery.consul.blocking_query import Pace as PollPace
from discovery.consul.connection import Access
from discovery.consul.consistency_probe import Known
from discovery.consul.watch_pool import Post, Sizes, Watching
from discovery.control import Control
from discovery.datacenter.datacenter import Watch
from discovery.http.application import app, server
from discovery.metrics import gauges as metrics
from discovery.periodic import Periods, scheduler
from discovery.publishing.files import Folder
from discovery.reloading import Reloader
from discovery.settings import Settings
from vigie.core.errors import ProblemError
from vigie.core.settings import Common
from vigie.core.web_config.gate import Gate

log = structlog.get_logger()

OVERHEAD_CONNECTIONS = 7  # of each datacenter: list of services, lookout, overview, four readers
FRESH_LOOKS = 3


class Program(NamedTuple):
    """The settings, and the flags from which they are read again."""

    settings: Settings
    common: Common
    flags: Mapping[str, Any]


def run(program: Program) -> None:
    """Run the bridge until SIGTERM or SIGINT; raise ProblemError when it can't start."""
    settings = program.settings
    made = bridge(settings)
    gate = Gate(settings.web_config_file) if settings.web_config_file else None
    web = server(settings.web_listen_address, app(made.snapshot, metrics.page(made.snapshot, made.counters)), gate)
    try:
        control = Control(settings.output / ".state", made)
    except OSError as error:
        web.stop()
        raise ProblemError(f"output: can't listen in {settings.output / '.state'}: {error}") from error
    reloader = Reloader(program.flags, made, settings)
    jobs = scheduler(made, periods(settings), reloader.reload_when_changed)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: made.stop())
    signal.signal(signal.SIGHUP, lambda *_: made.post(reloader.reload))
    threading.Thread(target=web.serve, daemon=True).start()
    control.start()
    jobs.start()
    try:
        made.run(watch(settings, program.common))
    finally:
        jobs.shutdown(wait=False)
        control.close()
        web.stop()


def run_once(program: Program) -> None:
    """Read everything once and write the files; raise ProblemError when that takes too long."""
    made = bridge(program.settings)
    seconds = program.settings.once_timeout_seconds
    timer = threading.Timer(seconds, made.stop)
    timer.daemon = True
    timer.start()
    is_complete = made.run(watch(program.settings, program.common), is_once=True)
    timer.cancel()
    if not is_complete:
        raise ProblemError(
            f"not everything could be read and judged in {seconds:g} s, the files hold what was known before; "
            "expected Consul to answer (the log tells more) or a longer --once-timeout-seconds"
        )


def bridge(settings: Settings) -> Bridge:
    """Return the bridge, not running yet; raise ProblemError for a folder that can't be used."""
    pace = Pace(settings.write_interval_seconds, FRESH_LOOKS * settings.probe_interval_seconds)
    try:
        return Bridge(Folder(settings.output), rules(settings), settings.datacenters, pace)
    except OSError as error:
        raise ProblemError(
            f"output: can't use {settings.output}: {error}; expected a folder we may write to"
        ) from error


def watch(settings: Settings, common: Common) -> Watch:
    """Return how the threads that read a datacenter are made."""
    pace = PollPace(settings.wait_seconds, settings.read_interval_seconds, settings.retry_max_seconds)
    count = max(1, len(settings.datacenters))
    connections = max(1, (settings.watch_connections + OVERHEAD_CONNECTIONS) // count - OVERHEAD_CONNECTIONS)
    sizes = Sizes(connections, settings.probe_interval_seconds, settings.sweep_seconds)

    def start(datacenter: str, post: Post, known: Known) -> Watching:
        access = Access(
            urls=common.consul_url,
            token_file=common.consul_token_file,
            timeout_seconds=settings.timeout_seconds,
            datacenter=datacenter,
            ca_file=common.consul_ca_file,
            cert_file=common.consul_cert_file,
            key_file=common.consul_key_file,
        )
        return Watching(post, access, pace, known=known, sizes=sizes)

    return start


def periods(settings: Settings) -> Periods:
    """Return how often the periodic jobs run."""
    return Periods(
        prove=settings.release_seconds / 2,  # three reads: at the beginning, in the middle, at the end
        read_nodes=settings.nodes_interval_seconds,
        look_after_files=settings.files_check_seconds,
        check_config=settings.config_check_seconds,
        resync=settings.resync_seconds,
    )
