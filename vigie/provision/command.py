"""The commands `vigie provision plan|apply|drift|prune`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from vigie.core.settings import options
from vigie.provision.export_command import adopt, export
from vigie.provision.grafanas import GRAFANA
from vigie.provision.outcome import Parts, show_and_end, write_and_end
from vigie.provision.resources import Target
from vigie.provision.session import begin
from vigie.provision.settings import Settings
from vigie.reconcile import prune as pruning
from vigie.reconcile.apply import apply as carry_out
from vigie.reconcile.plan import find_drift
from vigie.reconcile.plan import plan as compare

REACHED = ("prometheus", "alertmanager", *GRAFANA, "site")


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
        click.option(
            "--keep-going",
            is_flag=True,
            help="Hold back what the linter refuses, as it was delivered last, and go on with the rest; exits with 3.",
        ),
        click.option("--local", is_flag=True, help="The rule files and routes of the servers on this machine."),
        click.option(
            "--grafana",
            is_flag=True,
            help="Folders, data sources, notifications, rule groups and boards of Grafana.",
        ),
    ):
        function = decorate(function)
    return function


@provision.command()
@_targets
@click.pass_context
def plan(
    context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, keep_going: bool, **flags: Any
) -> None:
    """Show what `apply` would change; sends only reads. Exits with 2 when there are changes.

    In Grafana the role Viewer is enough.
    """
    session = begin(flags, grafana=grafana, local=local, keeps_going=keep_going)
    show_and_end(context, session, lambda resources: compare(resources, session.patience), as_json=as_json)


@provision.command()
@_targets
@click.option("--dry-run", is_flag=True, help="The same as `plan`.")
@click.pass_context
def apply(
    context: click.Context,
    /,
    *,
    grafana: bool,
    local: bool,
    as_json: bool,
    dry_run: bool,
    keep_going: bool,
    **flags: Any,
) -> None:
    """Carry out what `plan` shows; a second time changes nothing. Exits with 1 when an object failed.

    With --keep-going it exits with 3 when something is held back, and nothing failed.

    In Grafana it needs the role Admin, because data sources do; what is overwritten is kept in --backup-dir.
    """
    if dry_run:
        context.invoke(plan, grafana=grafana, local=local, as_json=as_json, keep_going=keep_going, **flags)
        return
    session = begin(flags, grafana=grafana, local=local, keeps_going=keep_going)

    def write(targets: Sequence[Target]) -> Parts:
        return ((target, carry_out(target.resources, session.patience, session.keep(target))) for target in targets)

    write_and_end(context, session, write, "nothing to change", as_json=as_json)


@provision.command()
@_targets
@click.option("--watch-interval", metavar="DURATION", help="Compare again after this time, and serve /metrics.")
@click.option(
    "--web.listen-address",
    "web_listen_address",
    metavar="HOST:PORT",
    help="Where /metrics is served, with --watch-interval.",
)
@click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(path_type=Path),
    help="TLS, users and the like of /metrics, as node_exporter's.",
)
@click.pass_context
def drift(
    context: click.Context, /, *, grafana: bool, local: bool, as_json: bool, keep_going: bool, **flags: Any
) -> None:
    """Show all that is not as declared, what `prune` would delete included; sends only reads. Exits with 2 if any.

    With --watch-interval it goes on until it is stopped, and shows what it finds on /metrics. A file that the linter
    refuses is counted there, and the rest compared. In Grafana the role Viewer is enough.
    """
    session = begin(flags, grafana=grafana, local=local, keeps_going=keep_going)
    if session.settings.watch_interval is not None:
        from vigie.provision.drift_watch import DriftWatch  # noqa: PLC0415 - brings a server, which no other verb needs

        DriftWatch(session).run(session.settings.watch_interval)
        return
    show_and_end(context, session, lambda resources: find_drift(resources, session.patience), as_json=as_json)


@provision.command()
@_targets
@click.option("--max-delete", type=int, help="More deletions than this and nothing is deleted (10).")
@click.option("--dry-run", is_flag=True, help="Show what would be deleted; exits with 2 when there is something.")
@click.pass_context
def prune(
    context: click.Context,
    /,
    *,
    grafana: bool,
    local: bool,
    as_json: bool,
    dry_run: bool,
    keep_going: bool,
    **flags: Any,
) -> None:
    """Delete what is ours and no longer declared; nothing of others, and no folder that holds something.

    In Grafana it needs the role Admin, because data sources do; what is deleted is kept in --backup-dir.
    """
    session = begin(flags, grafana=grafana, local=local, keeps_going=keep_going)
    if dry_run:
        show_and_end(context, session, lambda resources: pruning.find(resources, session.patience), as_json=as_json)
        return

    def write(targets: Sequence[Target]) -> Parts:
        deletions = [change for target in targets for change in pruning.find(target.resources, session.patience)]
        pruning.require_few(deletions, session.settings.max_delete)
        return ((target, pruning.prune(target.resources, session.patience, session.keep(target))) for target in targets)

    write_and_end(context, session, write, "nothing to delete", as_json=as_json)
