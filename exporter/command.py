"""`vigie exporter`: puts the parts together, runs them until a signal, and ends them in order."""

import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

import click
import structlog

from exporter.assembly import (
    SETTINGS,
    Registration,
    choose_advertised,
    make_checks,
    make_gate,
    make_inventory,
    make_registration,
    make_runner,
    make_server,
    make_sources,
)
from exporter.flags import Note, translate
from exporter.http.http_server import HttpServer
from exporter.malloc_tuning import keep_buffers
from exporter.pages import Pages
from exporter.runner import Runner
from exporter.settings import Settings
from vigie import __version__
from vigie.core import logs
from vigie.core.settings import Common, load, options

log = structlog.get_logger()
NOTES = "exporter.flags"  # where click's context keeps them until logging is set up
SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


class Command(click.Command):
    """Takes node_exporter's command lines too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments in our spelling, and keep what there is to say about the others."""
        translated, ctx.meta[NOTES] = translate(args)
        return super().parse_args(ctx, translated)


@click.command(cls=Command)
@click.version_option(__version__, prog_name="vigie exporter")
@options(SETTINGS, common=("consul",))
def exporter(**flags: Any) -> None:
    """Measure this host and register it in Consul."""
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
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    keep_buffers()
    inventory = make_inventory(settings)
    runner = make_runner(settings, inventory)
    gate = make_gate(settings)
    server = make_server(settings, gate)
    scheme = "https" if gate is not None and gate.is_tls else "http"
    address = choose_advertised(server.addresses, registers=settings.register)
    registration = make_registration(settings, common, address, scheme, inventory)
    checks = make_checks(settings, registration.containers)
    sources = make_sources(settings, gate, registration) + ([checks.page] if checks is not None else [])
    page_of = checks.page_of if checks is not None else None
    pages = Pages(
        runner, settings.web_telemetry_path, settings.scrape_deadline, sources, settings.web_max_requests, page_of
    )
    # No thread before everything is known to be right: one that logs while we give up would break the exit.
    server.start(pages)
    listening = [f"{host}:{port}" for host, port in server.addresses] if settings.web_systemd_socket else []
    addresses = " ".join(listening or settings.web_listen_address)
    log.info("listening", address=addresses, collectors=len(runner.collectors))
    for follower in (inventory, *registration):
        if follower is not None:
            follower.start()
    signal.sigwait(SIGNALS)
    end_immediately_when_signalled_again()
    pages.is_leaving = True
    leave(registration, server, runner)
    if inventory is not None:
        inventory.close()
    log.info("stopped")


def leave(registration: Registration, server: HttpServer, runner: Runner) -> None:
    """Take our services out of Consul, and only then close what they point to."""
    if registration.cloud is not None:
        registration.cloud.stop()
    registrars = (registration.host, registration.containers)
    if registration.auto is not None:
        registration.auto.close()
    run_together([registrar.leave for registrar in registrars if registrar is not None])
    server.close()
    runner.close()


def end_immediately_when_signalled_again() -> None:
    """Let the next SIGTERM or SIGINT end the process without ceremony."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def run_together(calls: Sequence[Callable[[], None]]) -> None:
    """Run the calls beside one another, and return when all have ended: the leaving is one window for everything."""
    threads = [threading.Thread(target=call, name="leaving", daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
