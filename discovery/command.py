"""The command `vigie discovery`."""

import signal
import threading
from pathlib import Path
from typing import Any

import click

from discovery.bridge import Bridge, Rules
from discovery.consul import Access
from discovery.files import Folder
from discovery.polling import Pace
from discovery.settings import Settings
from discovery.state import Limits
from discovery.targets import Policy, networks
from discovery.watching import Watching
from discovery.web import app, server
from discovery.witness import Known
from vigie import logs
from vigie.errors import ProblemError, UsageProblemError
from vigie.settings import Common, load, options


@click.command()
@options(Settings, common=("consul_url", "consul_token_file"))
@click.option("--consul", "consul", multiple=True, hidden=True, help="Short for --consul-url.")
def discovery(consul: tuple[str, ...], **flags: Any) -> None:
    """Turn Consul's catalog into Prometheus targets, and never lose one by accident."""
    flags["consul_url"] = (*flags["consul_url"], *consul)
    settings = load("discovery", Settings, flags)
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    run(settings, common.consul_url, common.consul_token_file)


def run(settings: Settings, urls: tuple[str, ...], token_file: Path | None) -> None:
    """Run the bridge until SIGTERM or SIGINT; raise ProblemError when it can't start."""
    rules = Rules(
        policy=policy(settings),
        limits=limits(settings),
        write_interval_seconds=settings.write_interval_seconds,
        nodes_interval_seconds=settings.nodes_interval_seconds,
    )
    access = Access(urls=urls, token_file=token_file, timeout_seconds=settings.timeout_seconds)
    try:
        bridge = Bridge(Folder(settings.output), rules, lambda known: watching(settings, access, known))
    except OSError as error:
        raise ProblemError(
            f"output: can't use {settings.output}: {error}; expected a folder we may write to"
        ) from error
    web = server(settings.listen_address, app(bridge.snapshot, bridge.metrics))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: bridge.stop())
    threading.Thread(target=web.serve, daemon=True).start()
    try:
        bridge.run()
    finally:
        web.stop()


def watching(settings: Settings, access: Access, known: Known) -> Watching:
    """Return the threads that read Consul; `known` is by what Consul is recognised."""
    pace = Pace(settings.wait_seconds, settings.read_interval_seconds, settings.retry_max_seconds)
    return Watching(
        access,
        pace,
        connections=settings.watch_connections,
        probe_seconds=settings.probe_interval_seconds,
        sweep_seconds=settings.sweep_seconds,
        known=known,
    )


def policy(settings: Settings) -> Policy:
    """Return who may claim what; raise UsageProblemError for a network that is none."""
    try:
        allowed = networks(settings.allowed_networks)
    except ValueError as error:
        raise UsageProblemError(f"discovery.allowed_networks: {error}; expected networks such as 10.0.0.0/8") from error
    return Policy(settings.tag, frozenset(settings.fixed_jobs), allowed, frozenset(settings.credential_jobs))


def limits(settings: Settings) -> Limits:
    """Return how much may vanish at once."""
    return Limits(
        window_seconds=settings.shrink_window_seconds,
        job_share=settings.shrink_job_share,
        all_share=settings.shrink_all_share,
        minimum=settings.shrink_minimum,
        lost_seconds=settings.lost_seconds,
        spot_dead_seconds=settings.spot_dead_seconds,
        back_share=settings.back_share,
    )
