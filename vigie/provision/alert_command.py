"""The commands `vigie alert test|backtest`."""

from typing import Any

import click

from alerting.delivery import alert_test
from alerting.delivery.settings import Settings
from vigie.core.settings import options
from vigie.provision.backtest_command import backtest
from vigie.provision.first_alertmanager import connect_first


@click.group()
def alert() -> None:
    """Prove that alerts reach people, and look what they would have told."""


alert.add_command(backtest)


@alert.command()
@options(Settings, common=("alertmanager",))
@click.option("--to", "receiver", default=None, help="A receiver of routes.yml; else the routes decide.")
@click.option("--severity", type=click.Choice(["critical", "warning", "info"]), default="critical", show_default=True)
@click.option("--team", default=None, help="The team whose routes are tried.")
def test(receiver: str | None, severity: str, team: str | None, **flags: Any) -> None:
    """Send a marked test alert through the real routes, and wait until it is handed over."""
    with connect_first(flags) as (server, settings):
        labels = alert_test.make_labels(severity, team, receiver)
        handover = alert_test.send(server, labels, settings.handover_timeout)
    click.echo(f"handed over to {', '.join(handover.receivers)} by {', '.join(handover.integrations)}")
