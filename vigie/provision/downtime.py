"""`vigie downtime`, whose downtimes the boards show too: the one place where alerting and dashboards meet for it."""

from typing import Any

import click

from dashboards.grafana.client import connect
from dashboards.panels.annotation import EVENT_TAG
from vigie.core.errors import ProblemError
from vigie.provision import alert_command as command
from vigie.provision import event
from vigie.provision.resources import servers_of
from vigie.provision.session import begin


def mark(added: Any, **_: Any) -> None:
    """Write a downtime that was added as an annotation over its time into each Grafana that the settings name.

    A Grafana that is away changes nothing about the downtime: it is only told.
    """
    if not isinstance(added, command.Added):
        return
    session = begin({name: added.flags.get(name) for name in (*command.GRAFANA, "config")}, grafana=True, local=False)
    if not (session.common.grafana.url or session.settings.grafanas):
        return
    text = f"downtime by {added.by}: {added.comment} ({' '.join(added.matches)})"
    start = round(added.start.timestamp() * 1000)
    for server in servers_of(session.settings, session.common):
        try:
            with connect(server.access, session.settings.timeout_seconds) as grafana:
                event.write(grafana, text, [EVENT_TAG, "downtime"], start, start + round(added.seconds * 1000))
        except ProblemError as error:
            click.echo(f"the downtime holds, but the boards don't show it: {error}", err=True)


downtime = click.Group("downtime", commands=command.downtime.commands, help=command.downtime.help, result_callback=mark)
