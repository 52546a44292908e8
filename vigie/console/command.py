"""The command `vigie console`."""

import signal
import threading
from typing import Any

import click
import structlog

from vigie.console.app import create_app
from vigie.console.data.settings import Settings
from vigie.console.data.sources import Sources
from vigie.console.web.authenticator import Authenticator
from vigie.console.web.page_context import PageContext
from vigie.console.web.runbooks import alert_rules, runbook_paths
from vigie.core import logs, site_folder
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.names import FOLDER
from vigie.core.settings import Common, load, options
from vigie.core.web_config.serving import server

log = structlog.get_logger()
REACHED = ("prometheus", "alertmanager", "discovery", "grafana_url", "site")
THREADS = 16


@click.command()
@options(Settings, common=REACHED)
def console(**flags: Any) -> None:
    """Show the fleet, its hosts, containers, alerts and metrics as pages."""
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    run(load("console", Settings, flags), common)


def run(settings: Settings, common: Common) -> None:
    """Serve until SIGTERM or SIGINT; raise ProblemError when it can't start."""
    authenticator = Authenticator(settings)
    site = site_folder.folder(common)
    grafana = settings.page_url or next(iter(common.grafana.url), "")
    sources = Sources(settings, common)
    runbooks, rules = runbook_paths(site), alert_rules(site)
    known = read_catalogue(site_folder.within(site, FOLDER)).integrations
    context = PageContext(settings, sources, authenticator, runbooks, rules, grafana.rstrip("/"), site, known)
    pages_server = server(settings.web_listen_address, create_app(context), authenticator.gate, THREADS)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=pages_server.serve, daemon=True).start()
    log.info("console serves", address=settings.web_listen_address)
    ended.wait()
    pages_server.stop()
    sources.close()
