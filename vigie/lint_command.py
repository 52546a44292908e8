"""The command `vigie lint`: runs the checks of all that is declared, of the console and of the doctor."""

from pathlib import Path
from typing import Any

import click

from vigie.console import page_registry, query_registry
from vigie.core import site_folder
from vigie.core.promql import catalogue
from vigie.core.settings import Common, load, options
from vigie.core.site_folder import within
from vigie.doctor import step_registry
from vigie.provision import checks
from vigie.provision.settings import NoSettings
from vigie.reconcile.problem import Problem


@click.command()
@options(NoSettings, common=("site",))
@click.pass_context
def lint(context: click.Context, /, **flags: Any) -> None:
    """Check rules, routes, boards, and what console and doctor are made of.

    Prints each problem and exits with 1 when there is one.
    """
    problems = find_problems(site_folder.folder(load("", Common, flags)))
    for problem in problems:
        click.echo(str(problem))
    if problems:
        context.exit(1)
    click.echo("rules, routes, boards, pages and doctor's steps are fine")


def find_problems(site: Path | None) -> list[Problem]:
    """Return what is wrong with all that vigie brings and that the site folder lays over it."""
    metrics = catalogue.load(over=within(site, "catalogue"))
    return [
        *checks.problems(site),
        *page_registry.find_problems(),
        *query_registry.find_problems(metrics),
        *step_registry.find_problems(),
    ]
