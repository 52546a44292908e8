"""`vigie exporter`: puts the parts together, runs them until a signal, and ends them in order."""

import resource
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import click
import structlog

from exporter.base.host import Host
from exporter.cloud.watcher import CloudWatcher, Hooks
from exporter.docker.client import Client
from exporter.docker.inventory import Inventory
from exporter.flags import Note, translate
from exporter.http.http_server import MAX_CONNECTIONS, Server
from exporter.malloc_tuning import keep_buffers
from exporter.pages import Pages, config_errors_page
from exporter.process import Process
from exporter.registration.agent import Agent
from exporter.registration.container_plan import Limits
from exporter.registration.container_registrar import Registrar
from exporter.registration.host_registrar import Announcer, Timing
from exporter.registration.record import Announcement, check_announcement
from exporter.registry import find_collectors
from exporter.runner import Runner
from exporter.settings import Settings, enabled, make_collectors, settings_type
from vigie import __version__
from vigie.core import logs
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import Common, load, options
from vigie.core.web_config.gate import Gate

log = structlog.get_logger()
COLLECTORS = find_collectors()
SETTINGS = settings_type(COLLECTORS)
NOTES = "exporter.flags"  # where click's context keeps them until logging is set up
# Consul's check has neither password nor certificate, and learns nothing about the host.
OPEN_PATHS = frozenset({"/-/healthy"})


class Command(click.Command):
    """Takes node_exporter's command lines too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments in our spelling, and keep what there is to say about the others."""
        translated, ctx.meta[NOTES] = translate(args, COLLECTORS)
        return super().parse_args(ctx, translated)


@click.command(cls=Command)
@click.version_option(__version__, prog_name="vigie exporter")
@options(SETTINGS, common=("consul",))
def exporter(**flags: Any) -> None:
    """Measure this host and announce it in Consul."""
    common = load("", Common, flags)
    settings = load("exporter", SETTINGS, flags)
    logs.configure(common.log_format, common.log_level)
    notes: list[Note] = click.get_current_context().meta[NOTES]
    for note in notes:
        log.warning(note.event, flag=note.flag, reason=note.reason)
    run(settings, common)


def run(settings: Settings, common: Common) -> None:
    """Serve until SIGTERM or SIGINT; raise ProblemError when it can't start."""
    # Blocked before any thread starts, so that the signals wait for sigwait below and wake no other thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    keep_buffers()
    runner = make_runner(settings)
    parts = [] if settings.web_disable_exporter_metrics else [Process().page]
    pages = Pages(
        runner, settings.web_telemetry_path, settings.scrape_deadline_seconds, parts, settings.web_max_requests
    )
    gate = Gate(settings.web_config_file, OPEN_PATHS) if settings.web_config_file is not None else None
    if gate is not None:
        parts.append(lambda: config_errors_page(gate.errors))
    try:
        server = make_server(settings, pages, gate)
    except OSError as error:
        raise ProblemError(f"can't listen on {error.strerror}; choose another by --web.listen-address") from error
    scheme = "https" if gate is not None and gate.is_tls else "http"
    announcer = make_announcer(settings, common, server.addresses[0], scheme) if settings.register else None
    if announcer is not None:
        parts.append(announcer.page)
    registrar = make_registrar(settings, common, announcer, runner.host.inventory)
    if registrar is not None:
        parts.append(registrar.page)
    cloud = make_cloud(settings, announcer) if settings.cloud else None
    if cloud is not None:
        parts.append(cloud.page)
    # No thread before everything is known to be right: one that logs while we give up would break the exit.
    server.start()
    log.info("listening", address=" ".join(settings.web_listen_address), collectors=len(runner.collectors))
    for follower in (runner.host.inventory, announcer, registrar, cloud):
        if follower is not None:
            follower.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    end_at_once_when_asked_again()
    pages.is_leaving = True
    if cloud is not None:
        cloud.stop()
    at_once([one.leave for one in (announcer, registrar) if one is not None])
    server.close()
    runner.close()
    log.info("stopped")


def end_at_once_when_asked_again() -> None:
    """Let the next SIGTERM or SIGINT end the process without ceremony."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})


def at_once(calls: Sequence[Callable[[], None]]) -> None:
    """Run the calls beside one another, and return when all have ended: the leaving is one window for everything."""
    threads = [threading.Thread(target=call, name="leaving", daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def make_runner(settings: Settings) -> Runner:
    """Return the runner of the enabled collectors on the host that the paths name."""
    chosen = enabled(settings, COLLECTORS)
    host = Host(settings.path_procfs, settings.path_sysfs, settings.path_rootfs, settings.path_udev_data)
    collectors = make_collectors(host, settings, chosen)
    if "containers" in chosen:
        host.inventory = make_inventory(settings)
    return Runner(host, collectors, settings.collector_deadline_seconds, settings.absent_seconds)


def make_inventory(settings: Settings) -> Inventory:
    """Return the inventory of the daemon's containers; raise UsageProblemError when its address is none."""
    return Inventory(
        Client(settings.docker, settings.docker_timeout_seconds),
        environment_names=settings.container_environment,
        stopped_seconds=settings.container_stopped_seconds,
        quiet_seconds=settings.docker_quiet_seconds,
        retry_seconds=settings.docker_retry_seconds,
    )


def make_server(settings: Settings, pages: Pages, gate: Gate | None) -> Server:
    """Return the server, with more places than requests that it answers, so that an idle one can always make room.

    Connections take at most a quarter of our descriptors: the collectors need theirs. Raises OSError that names the
    address that can't be had.
    """
    addresses = [parse_address(address) for address in settings.web_listen_address]
    places = max(MAX_CONNECTIONS, settings.web_max_requests * 2)
    return Server(pages, addresses, min(places, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4), gate)


def make_announcer(settings: Settings, common: Common, address: tuple[str, int], scheme: str) -> Announcer:
    """Return the announcer for the first address listened on; raise UsageProblemError for a wrong name or label."""
    wanted = Announcement(
        host_name=settings.host_name or socket.gethostname(),
        listen_host=address[0],
        port=address[1],
        advertise_address=settings.advertise_address,
        allows_foreign_agent=settings.foreign_agent,
        metrics_path=settings.web_telemetry_path,
        scheme=scheme,
        tags=settings.tag,
        labels=settings.label,
        check=settings.check,
        check_interval_seconds=settings.check_interval_seconds,
    )
    check_announcement(wanted)
    return Announcer(make_agent(settings, common), wanted, make_timing(settings))


def make_agent(settings: Settings, common: Common) -> Agent:
    """Return a client of the Consul agent; raise UsageProblemError when its address is none."""
    return Agent(common.consul.url[0], common.consul.token_file, settings.watch_seconds, common.consul)


def make_timing(settings: Settings) -> Timing:
    """Return how long things last at Consul."""
    return Timing(
        settings.watch_seconds, settings.retry_seconds, settings.confirm_seconds, settings.leave_window_seconds
    )


def make_registrar(
    settings: Settings, common: Common, announcer: Announcer | None, inventory: Inventory | None
) -> Registrar | None:
    """Return who registers containers' endpoints, None where nothing is registered or no daemon is followed."""
    if announcer is None or inventory is None or not settings.autodiscovery:
        return None
    crashed_seconds = min(settings.autodiscovery_crashed_seconds, settings.container_stopped_seconds)
    limits = Limits(settings.autodiscovery_most_endpoints, crashed_seconds, settings.check_interval_seconds)
    return Registrar(
        make_agent(settings, common),
        inventory,
        announcer,
        limits,
        make_timing(settings),
        is_prometheus_here=settings.autodiscovery_local,
    )


def make_cloud(settings: Settings, announcer: Announcer | None) -> CloudWatcher:
    """Return the watcher of the cloud's metadata service, which tells the announcer; raise UsageProblemError."""
    hooks = Hooks(announcer.set_facts, announcer.set_mark) if announcer is not None else Hooks(_ignore, _ignore)
    return CloudWatcher(
        settings.cloud_metadata_url,
        settings.cloud_tag,
        hooks,
        settings.cloud_look_seconds,
        settings.cloud_poll_seconds,
    )


def _ignore(_: object) -> None:
    """Do nothing with what the cloud tells, for there is no registration."""


def parse_address(text: str) -> tuple[str, int]:
    """Return (host, port) of `HOST:PORT`, `[IPV6]:PORT` or `:PORT`; raise UsageProblemError."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 65535:
        raise UsageProblemError(f"--web.listen-address {text!r}: expected HOST:PORT or :PORT")
    return host.strip("[]"), int(port)
