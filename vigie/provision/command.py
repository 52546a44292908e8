"""The commands `vigie provision …`."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from vigie.core.errors import ProblemError, sentence
from vigie.core.settings import options
from vigie.provision import watch
from vigie.provision.export_command import adopt, export
from vigie.provision.resources import Target
from vigie.provision.session import Session, begin, plans, results
from vigie.provision.settings import Settings
from vigie.provision.state_hash import state_hash
from vigie.reconcile import prune as pruning
from vigie.reconcile import show
from vigie.reconcile.apply import apply as carry_out
from vigie.reconcile.model import Change, Kind, Result
from vigie.reconcile.plan import drift as find_drift
from vigie.reconcile.plan import plan as compare

REACHED = ("prometheus", "alertmanager", "grafana", "site")
CHANGES_EXIT_CODE = 2  # neither fine (0) nor failed (1): a scheduler can tell them apart


@click.group()
def provision() -> None:
    """Bring Grafana and the rule files to their desired state."""


provision.add_command(export)
provision.add_command(adopt)


def _targets(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what the verbs share."""
    for decorate in (
        options(Settings, common=REACHED),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--local", is_flag=True, help="The rule files and routes of the servers on this machine."),
        click.option("--grafana", is_flag=True, help="Folders, data sources, rule groups and boards of Grafana."),
    ):
        function = decorate(function)
    return function


@provision.command()
@_targets
@click.pass_context
def plan(context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, **flags: Any) -> None:
    """Show what `apply` would change; sends only reads. Exits with 2 when there are changes.

    In Grafana the role Viewer is enough.
    """
    session = begin(flags, grafana=grafana, local=local)
    session.require_sound()
    _show_and_end(context, session, lambda kinds: compare(kinds, session.patience), as_json=as_json)


@provision.command()
@_targets
@click.option("--dry-run", is_flag=True, help="The same as `plan`.")
@click.pass_context
def apply(context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, dry_run: bool, **flags: Any) -> None:
    """Carry out what `plan` shows; a second time changes nothing. Exits with 1 when an object failed.

    In Grafana it needs the role Admin, because data sources do; what is overwritten is kept in --backup-dir.
    """
    if dry_run:
        context.invoke(plan, grafana=grafana, local=local, as_json=as_json, **flags)
        return
    session = begin(flags, grafana=grafana, local=local)
    session.require_sound()
    problems: list[str] = []
    with session.opened() as targets:
        parts = ((one, carry_out(one.kinds, session.patience, session.keep(one))) for one in targets)
        done = _show_results(results(parts, problems), as_json=as_json)
    _end(context, done, problems, "" if as_json else "nothing to change")


@provision.command()
@_targets
@click.option("--every", "every_seconds", metavar="DURATION", help="Look again and again, and serve /metrics.")
@click.option(
    "--web.listen-address", "web_listen_address", metavar="HOST:PORT", help="Where /metrics is served, with --every."
)
@click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(path_type=Path),
    help="TLS, users and the like of /metrics, as node_exporter's.",
)
@click.pass_context
def drift(context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, **flags: Any) -> None:
    """Show all that is not as declared, what `prune` would delete included; sends only reads. Exits with 2 when some.

    In Grafana the role Viewer is enough. With --every it goes on, and tells what it finds on /metrics.
    """
    session = begin(flags, grafana=grafana, local=local)
    if session.settings.every_seconds is not None:
        _watch(session, session.settings.every_seconds)
        return
    session.require_sound()
    _show_and_end(context, session, lambda kinds: find_drift(kinds, session.patience), as_json=as_json)


@provision.command()
@_targets
@click.option("--max-delete", type=int, help="More deletions than this and nothing is deleted (10).")
@click.option("--dry-run", is_flag=True, help="Show what would be deleted; exits with 2 when there is something.")
@click.pass_context
def prune(context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, dry_run: bool, **flags: Any) -> None:
    """Delete what is ours and no longer declared; nothing of others, and no folder that holds something.

    In Grafana it needs the role Admin, because data sources do; what is deleted is kept in --backup-dir.
    """
    session = begin(flags, grafana=grafana, local=local)
    session.require_sound()
    if dry_run:
        _show_and_end(context, session, lambda kinds: pruning.find(kinds, session.patience), as_json=as_json)
        return
    problems: list[str] = []
    with session.opened() as targets:
        found = [change for target in targets for change in pruning.find(target.kinds, session.patience)]
        pruning.require_few(found, session.settings.max_delete)
        parts = ((one, pruning.prune(one.kinds, session.patience, session.keep(one))) for one in targets)
        done = _show_results(results(parts, problems), as_json=as_json)
    _end(context, done, problems, "" if as_json else "nothing to delete")


def _show_and_end(
    context: click.Context, session: Session, find: Callable[[Sequence[Kind]], list[Change]], *, as_json: bool
) -> None:
    """Show what is found in each target; exit with 2 when that is something, raise when a target can't be read."""
    problems: list[str] = []
    with session.opened() as targets:
        found = plans(targets, find, problems)
    if as_json:
        click.echo(show.plan_json(found))
    for name, changes in () if as_json else found.items():
        if len(found) > 1:
            show.show([show.Line(f"{name}:", "bold underline")], Console())
        show.show(show.plan_lines(changes), Console())
    if problems:
        raise ProblemError("; ".join(problems))
    if any(change.action != "unchanged" for changes in found.values() for change in changes):
        context.exit(CHANGES_EXIT_CODE)


def _show_results(found: Iterable[tuple[str, Result]], *, as_json: bool) -> list[Result]:
    """Show each result as it comes, or all of them as JSON; return them."""
    done = []
    for one in found:
        done.append(one)
        if not as_json:
            show.show([show.result_line(one[1])], Console())
    if as_json:
        click.echo(show.results_json(done))
    return [result for _, result in done]


def _end(context: click.Context, done: list[Result], problems: list[str], nothing: str) -> None:
    if nothing and not done and not problems:
        click.echo(nothing)
    if problems:
        raise ProblemError("; ".join(problems))
    if any(result.outcome != "done" for result in done):
        context.exit(1)


def _watch(session: Session, every_seconds: float) -> None:
    metrics = watch.Metrics(time.time)

    def look() -> None:
        metrics.note_hash(state_hash(session.site, session.settings))
        try:
            with session.opened() as targets:
                for target in targets:
                    metrics.note(_look(session, target))
        except ProblemError as error:
            watch.log.error("can't look", error=sentence(error))

    place = watch.Place(session.settings.web_listen_address, session.settings.web_config_file)
    watch.run(look, every_seconds, place, metrics.page)


def _look(session: Session, target: Target) -> watch.Found:
    kinds = [kind.name for kind in target.kinds]
    try:
        changes = find_drift(target.kinds, session.patience)
    except ProblemError as error:
        watch.log.warning("can't compare", target=target.name, error=sentence(error))
        return watch.Found(target.name, kinds, [], sentence(error))
    for change in changes:
        watch.log.warning("not as declared", target=target.name, kind=change.kind, key=change.key, action=change.action)
    return watch.Found(target.name, kinds, changes)
