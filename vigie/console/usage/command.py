"""The command `vigie usage`."""

from typing import Any

import click

from alerting.budgets import budgets
from vigie.console.usage import show
from vigie.console.usage.reading import read
from vigie.console.usage.settings import Settings
from vigie.core import logs, site_folder
from vigie.core.settings import Common, load, options

OVER_EXIT_CODE = 2


@click.command()
@options(Settings, common=("prometheus", "site"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def usage(context: click.Context, /, *, as_json: bool, **flags: Any) -> None:
    """Show who has how many series, against the budgets of the site folder's budgets.yml, and how they grew.

    Exits with 2 when a budget is exceeded.
    """
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("usage", Settings, flags)
    report = read(common.prometheus, settings.timeout, budgets.load(site_folder.folder(common)))
    if as_json:
        click.echo(show.as_json(report, settings.top))
    else:
        show.tables(report, settings.top)
    if report.over():
        context.exit(OVER_EXIT_CODE)
