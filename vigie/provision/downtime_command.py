"""The commands `vigie downtime add|list|end`: silences in Alertmanager, which the boards show too."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from alerting.delivery import silences
from alerting.delivery.settings import ConnectionSettings
from dashboards.grafana.client import connect
from dashboards.panels.annotation import EVENT_TAG
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.running_stack import PARAMETER
from vigie.core.settings import options, parse_duration_seconds
from vigie.provision.event_command import write_annotation
from vigie.provision.first_alertmanager import connect_first
from vigie.provision.grafanas import GRAFANA, grafanas_of
from vigie.provision.session import begin

REACHED = ("alertmanager",)


@click.group()
def downtime() -> None:
    """Silence alerts for a time; recurring downtimes lie in the site folder's downtimes.yml."""


@downtime.command()
@options(ConnectionSettings, common=(*REACHED, *GRAFANA))
@click.option("--match", "matches", multiple=True, required=True, help="name=value, also !=, =~, !~; repeatable.")
@click.option("--for", "duration", required=True, metavar="DURATION", help="How long, as 2h.")
@click.option("--comment", required=True, help="Why; shown wherever the downtime is.")
@click.option("--by", default=None, help="Who; default: this user.")
def add(matches: tuple[str, ...], duration: str, comment: str, by: str | None, **flags: Any) -> None:
    """Silence what matches, from now on; prints the downtime's id. The boards show it where a Grafana is named."""
    try:
        seconds = parse_duration_seconds(duration)
    except ValueError as error:
        raise UsageProblemError(f"--for {duration!r}: expected a duration as 90s, 2h or 1d") from error
    start, author = datetime.now(UTC), by or getpass.getuser()
    silence = silences.make_silence(matches, start, seconds, author, comment)
    with connect_first(flags) as (server, _):
        click.echo(silences.add(server, silence))
    text = f"downtime by {author}: {comment} ({' '.join(matches)})"
    _annotate(flags, text, round(start.timestamp() * 1000), round(seconds * 1000))


@downtime.command("list")
@options(ConnectionSettings, common=REACHED)
def list_(**flags: Any) -> None:
    """Show the downtimes that are active or to come."""
    with connect_first(flags) as (server, _):
        downtimes = silences.list_current(server)
    if not downtimes:
        click.echo("no downtimes")
        return
    table = Table("id", "state", "what", "until (UTC)", "by", "why", box=None)
    for silence in downtimes:
        until = silence.ends_at.strftime("%Y-%m-%d %H:%M")
        what = " ".join(silence.matchers)
        table.add_row(silence.id[:8], silence.state, what, until, silence.created_by, silence.comment)
    Console(markup=False).print(table)


@downtime.command()
@options(ConnectionSettings, common=REACHED)
@click.argument("id_prefix", metavar="ID")
def end(id_prefix: str, **flags: Any) -> None:
    """End a downtime now; the beginning of its ID is enough."""
    with connect_first(flags) as (server, _):
        silence = silences.end(server, id_prefix)
    click.echo(f"ended: {' '.join(silence.matchers)} ({silence.comment})")


def _annotate(flags: Mapping[str, Any], text: str, start_milliseconds: int, milliseconds: int) -> None:
    """Write a downtime as an annotation over its time into each Grafana that the settings name.

    A Grafana that can't be reached changes nothing about the downtime; a sentence on standard error says so.
    """
    session = begin(_of_grafana(flags), grafana=True, local=False)
    if not (session.common.grafana.url or session.settings.grafanas):
        return
    for address in grafanas_of(session.settings, session.common):
        try:
            with connect(address.access, session.settings.timeout) as grafana:
                end_milliseconds = start_milliseconds + milliseconds
                write_annotation(grafana, text, [EVENT_TAG, "downtime"], start_milliseconds, end_milliseconds)
        except ProblemError as error:
            click.echo(f"the downtime holds, but the boards don't show it: {error}", err=True)


def _of_grafana(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that are about Grafana, and where settings come from: `--timeout` is Alertmanager's."""
    general = {"config", PARAMETER, *GRAFANA}
    return {name: value for name, value in flags.items() if name in general or name.startswith("grafana_")}
