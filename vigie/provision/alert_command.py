"""The commands `vigie downtime add|list|end` and `vigie alert test`."""

import contextlib
import getpass
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.table import Table

from alerting.delivery import alert_test, silences
from alerting.delivery.alertmanager import Alertmanager
from alerting.delivery.settings import Settings
from vigie.core import logs
from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, load, options, parse_duration_seconds

REACHED = ("alertmanager",)
GRAFANA = ("grafana",)


class Added(NamedTuple):
    """A downtime that was added: what it silences, why, who, its begin and end, and the command's flags."""

    matches: tuple[str, ...]
    comment: str
    by: str
    start: datetime
    seconds: float
    flags: dict[str, Any]


@click.group()
def downtime() -> None:
    """Silence alerts for a time; recurring downtimes lie in the site folder's downtimes.yml."""


@downtime.command()
@options(Settings, common=(*REACHED, *GRAFANA))
@click.option("--match", "matches", multiple=True, required=True, help="name=value, also !=, =~, !~; repeatable.")
@click.option("--for", "duration", required=True, metavar="DURATION", help="How long, as 2h.")
@click.option("--comment", required=True, help="Why, for who wonders.")
@click.option("--by", default=None, help="Who; default: this user.")
def add(matches: tuple[str, ...], duration: str, comment: str, by: str | None, **flags: Any) -> Added:
    """Silence what matches, from now on; prints the downtime's id. The boards show it where a Grafana is named."""
    try:
        seconds = parse_duration_seconds(duration)
    except ValueError as error:
        raise UsageProblemError(f"--for {duration!r}: expected a duration as 90s, 2h or 1d") from error
    added = Added(matches, comment, by or getpass.getuser(), datetime.now(UTC), seconds, flags)
    silence = silences.body(matches, added.start, seconds, added.by, comment)
    with _first(flags) as (server, _):
        click.echo(silences.add(server, silence))
    return added


@downtime.command("list")
@options(Settings, common=REACHED)
def list_(**flags: Any) -> None:
    """Show the downtimes that are active or to come."""
    with _first(flags) as (server, _):
        found = silences.current(server)
    if not found:
        click.echo("no downtimes")
        return
    table = Table("id", "state", "what", "until (UTC)", "by", "why", box=None)
    for one in found:
        until = one.ends_at.strftime("%Y-%m-%d %H:%M")
        table.add_row(one.id[:8], one.state, " ".join(one.matchers), until, one.created_by, one.comment)
    Console(markup=False).print(table)


@downtime.command()
@options(Settings, common=REACHED)
@click.argument("id_prefix", metavar="ID")
def end(id_prefix: str, **flags: Any) -> None:
    """End a downtime now; the beginning of its ID is enough."""
    with _first(flags) as (server, _):
        one = silences.end(server, id_prefix)
    click.echo(f"ended: {' '.join(one.matchers)} ({one.comment})")


@click.group()
def alert() -> None:
    """Prove that alerts reach people."""


@alert.command()
@options(Settings, common=REACHED)
@click.option("--to", "receiver", default=None, help="A receiver of routes.yml; else the routes decide.")
@click.option("--severity", type=click.Choice(["critical", "warning", "info"]), default="critical")
@click.option("--team", default=None, help="The team whose routes are tried.")
def test(receiver: str | None, severity: str, team: str | None, **flags: Any) -> None:
    """Send a marked test alert through the real routes, and wait until it is handed over."""
    with _first(flags) as (server, settings):
        found = alert_test.send(server, alert_test.labels(severity, team, receiver), settings.handover_seconds)
    click.echo(f"handed over to {', '.join(found.receivers)} by {', '.join(found.integrations)}")


@contextlib.contextmanager
def _first(flags: dict[str, Any]) -> Iterator[tuple[Alertmanager, Settings]]:
    """Provide the first Alertmanager that answers: a pair tells each other of silences."""
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("alerting", Settings, flags)
    access = common.alertmanager
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Alertmanager(access, settings.timeout_seconds, url)) for url in access.url]
        yield next((one for one in servers if one.is_ready()), servers[0]), settings
