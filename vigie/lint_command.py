"""The command `vigie lint`: runs the checks of all that is declared, of the console and of the doctor."""

from pathlib import Path
from typing import Any

import click

from vigie.console import page_registry, query_registry
from vigie.core.settings import Common, load, options
from vigie.doctor import step_registry
from vigie.provision import checks
from vigie.provision.session import inputs_of
from vigie.provision.settings import NoSettings
from vigie.reconcile.declaration import DesiredSettings, Inputs
from vigie.reconcile.problem import Problem, keep_errors


@click.command()
@options(NoSettings, common=("site",))
@click.option(
    "--tests",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of promtool's tests (NAME.test.yml for NAME.yml): each alert of the site folder, or of ours "
    "where there is none, must be seen firing and quiet there.",
)
@click.pass_context
def lint(context: click.Context, /, tests: Path | None, **flags: Any) -> None:
    """Check rules, routes, boards, the site folder, and what console and doctor are made of.

    Prints each problem and exits with 1 when there is one; warnings are printed too, and hold nothing up.
    """
    inputs = inputs_of(load("", Common, flags), DesiredSettings())
    problems = find_problems(inputs) + (checks.find_untested_alerts(inputs, tests) if tests else [])
    for problem in problems:
        click.echo(str(problem))
    if keep_errors(problems):
        context.exit(1)
    click.echo("rules, routes, boards, pages and doctor's steps are fine")


def find_problems(inputs: Inputs) -> list[Problem]:
    """Return what is wrong with all that vigie brings and that the site folder lays over it."""
    metrics = checks.known_metrics(inputs.site)
    return [
        *checks.find_problems(inputs),
        *page_registry.find_problems(),
        *query_registry.find_problems(metrics),
        *step_registry.find_problems(),
    ]
