"""The commands `vigie provision plan|apply` and `vigie lint`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
from rich.console import Console

from vigie import logs
from vigie.engine import checks, show
from vigie.engine.apply import apply as carry_out
from vigie.engine.kinds import Target, opened
from vigie.engine.model import Result, sentence
from vigie.engine.plan import plan as compare
from vigie.engine.retry import Patience
from vigie.engine.settings import Settings
from vigie.errors import ProblemError
from vigie.settings import Common, load, options

REACHED = ("prometheus_url", "grafana_url", "grafana_token_file", "grafana_user", "grafana_password_file")
CHANGES_EXIT_CODE = 2  # neither fine (0) nor failed (1): a scheduler can tell them apart


@click.group()
def provision() -> None:
    """Bring Grafana and the rule files to their desired state."""


def _targets(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `plan` and `apply` share."""
    for decorate in (
        options(Settings, common=REACHED),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--local", is_flag=True, help="The rule files of the Prometheus on this machine."),
        click.option("--grafana", is_flag=True, help="Folders, data sources and boards of Grafana."),
    ):
        function = decorate(function)
    return function


@provision.command()
@_targets
@click.pass_context
def plan(context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, **flags: Any) -> None:
    """Show what `apply` would change; sends only reads. Exits with 2 when there are changes."""
    settings, common = _settings(flags)
    _refuse_faulty(grafana=grafana, local=local)
    with opened(settings, common, grafana=grafana, local=local) as targets:
        changes = [change for kinds in targets for change in compare(kinds, _patience(settings))]
    if as_json:
        click.echo(show.plan_json(changes))
    else:
        show.show(show.plan_lines(changes), Console())
    if any(change.action != "unchanged" for change in changes):
        context.exit(CHANGES_EXIT_CODE)


@provision.command()
@_targets
@click.pass_context
def apply(context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, **flags: Any) -> None:
    """Carry out what `plan` shows; a second time changes nothing. Exits with 1 when an object failed."""
    settings, common = _settings(flags)
    _refuse_faulty(grafana=grafana, local=local)
    problems: list[str] = []
    results = []
    with opened(settings, common, grafana=grafana, local=local) as targets:
        for result in _carry_out(targets, _patience(settings), problems):
            results.append(result)
            if not as_json:
                show.show([show.result_line(result)], Console())
    if as_json:
        click.echo(show.results_json(results))
    elif not results and not problems:
        click.echo("nothing to change")
    if problems:
        raise ProblemError("; ".join(problems))
    if any(result.outcome != "done" for result in results):
        context.exit(1)


@click.command()
@click.pass_context
def lint(context: click.Context, /) -> None:
    """Check rules and boards; prints each problem and exits with 1 when there is one."""
    found = checks.problems()
    for problem in found:
        click.echo(str(problem))
    if found:
        context.exit(1)
    click.echo("rules and boards are fine")


def _carry_out(targets: Sequence[Target], patience: Patience, problems: list[str]) -> Iterator[Result]:
    """Yield the results of all targets; one that can't be read adds to `problems` and does not stop the others."""
    for kinds in targets:
        try:
            yield from carry_out(kinds, patience)
        except ProblemError as error:
            problems.append(sentence(error))


def _refuse_faulty(*, grafana: bool, local: bool) -> None:
    found = checks.problems(grafana=grafana, local=local)
    if found:
        shown = "".join(f"\n  {problem}" for problem in found)
        raise ProblemError(f"nothing was sent, because `vigie lint` finds faults:{shown}")


def _settings(flags: dict[str, Any]) -> tuple[Settings, Common]:
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    return load("provision", Settings, flags), common


def _patience(settings: Settings) -> Patience:
    return Patience(settings.attempts, settings.first_pause_seconds)
