"""The command `vigie lint`."""

from pathlib import Path
from typing import Any

import click

from vigie.core.settings import Common, load, options
from vigie.provision import checks
from vigie.provision.session import inputs_of
from vigie.provision.settings import NoSettings
from vigie.reconcile.declaration import DesiredSettings


@click.command()
@options(NoSettings, common=("site",))
@click.option(
    "--tests",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of promtool's tests (NAME.test.yml for NAME.yml): each alert of the site folder, without one each of "
    "ours, must be seen firing and quiet there.",
)
@click.pass_context
def lint(context: click.Context, /, tests: Path | None, **flags: Any) -> None:
    """Check rules, routes, boards and the site folder; prints each problem and exits with 1 when there is one."""
    inputs = inputs_of(load("", Common, flags), DesiredSettings())
    problems = checks.find_problems(inputs) + (checks.find_untested_alerts(inputs, tests) if tests else [])
    for problem in problems:
        click.echo(str(problem))
    if problems:
        context.exit(1)
    click.echo("rules, routes and boards are fine")
