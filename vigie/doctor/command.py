"""The command `vigie doctor [HOST]`, and `vigie doctor bundle`."""

import contextlib
import itertools
import secrets
import socket
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from alerting.delivery import alert_test
from alerting.delivery.alertmanager import Alertmanager
from alerting.delivery.settings import Settings as AlertingSettings
from alerting.rules.integrations import RULES
from vigie.core import logs, site_folder
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.names import FOLDER
from vigie.core.settings import Common, file_of, load, options
from vigie.doctor import bundle as archive
from vigie.doctor import show
from vigie.doctor.diagnosis import Asked, Diagnosis, open_doctor
from vigie.doctor.findings import hosts
from vigie.doctor.gathering import GatherOptions, gather
from vigie.doctor.masking import Masking
from vigie.doctor.settings import Settings
from vigie.stack.settings import Settings as UpSettings

REACHED = ("consul", "prometheus", "alertmanager", "discovery", "grafana", "site")
BROKEN_EXIT_CODE = 2


class HostOrCommand(click.Group):
    """A group that takes any argument that is none of its commands as a host's name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command `host` in front unless another command is named."""
        if not args or args[0] not in self.commands:
            args = ["host", *args]
        return super().parse_args(ctx, args)


class HostCommand(click.Command):
    """The command that is meant where none is named: its usage is that of the group."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage without the command's own name."""
        assert ctx.parent is not None
        formatter.write_usage(ctx.parent.command_path, " ".join(self.collect_usage_pieces(ctx)))


@click.group(cls=HostOrCommand)
def doctor() -> None:
    """Follow a host through the whole chain, and say where and why it breaks."""


@doctor.command(cls=HostCommand)
@options(Settings, common=REACHED)
@click.argument("name", metavar="[HOST]", required=False)
@click.option("--dc", default=None, help="The host's datacenter, where several have one of its name.")
@click.option("--all", "everybody", is_flag=True, help="Every host: a line for each that is not ok.")
@click.option("--integration", default="", metavar="NAME", help="Follow this integration's servers on the host.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--send", is_flag=True, help="Send a marked test alert through the real routes, too.")
@click.pass_context
def host(
    context: click.Context,
    /,
    name: str | None,
    dc: str | None,
    *,
    everybody: bool,
    integration: str,
    as_json: bool,
    send: bool,
    **flags: Any,
) -> None:
    """Follow HOST (this one, when none is named) through the whole chain, and say where and why it breaks.

    It only reads, and sends nothing to receivers but a greeting. `vigie doctor bundle` collects a support
    archive.

    Exits with 0 when the chain holds, 2 when it is broken, 1 when that is not known.
    """
    if everybody and (name or send):
        raise UsageProblemError("--all goes through every host: expected neither HOST nor --send beside it")
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("doctor", Settings, flags)
    host_name = None if everybody else name or socket.gethostname()
    readings = gather(_gather_options(common, settings), host_name)
    with open_doctor(readings, settings, _asked(common, integration)) as examiner:
        if host_name is None:
            diagnoses = examiner.examine_all()
        else:
            diagnoses = [examiner.examine(hosts.choose(readings, host_name, dc))]
    _show(diagnoses, everybody=everybody, as_json=as_json)
    if send:
        click.echo(_send_test_alert(common, flags), err=as_json)
    if any(each.first for each in diagnoses):
        context.exit(BROKEN_EXIT_CODE)


@doctor.command()
@options(Settings, common=REACHED)
@click.option("--output", type=click.Path(path_type=Path), help="The archive (default: vigie-HOST-TIME.tar.gz here).")
def bundle(output: Path | None, **flags: Any) -> None:
    """Collect a support archive without secrets: versions, settings, diagnosis, and what each server says.

    Look into it before you give it away: what looks like a secret is masked, but only you know what else is one.
    """
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("doctor", Settings, flags)
    path = output or Path(f"vigie-{socket.gethostname()}-{time.strftime('%Y%m%d-%H%M%S')}.tar.gz")
    stack = load("up", UpSettings, {"dir": flags["running_stack"], "config": flags.get("config")}).dir
    masking = Masking(archive.known_secrets(common), secrets.token_bytes(16))
    document = archive.file_document(file_of(flags))
    rest = archive.items(common, document, stack, settings)
    count = archive.write(path, itertools.chain([_diagnose_all(common, settings)], rest), masking)
    click.echo(f"{path}: {count} files; look into it before you give it away")


def _gather_options(common: Common, settings: Settings) -> GatherOptions:
    return GatherOptions(common, site_folder.folder(common), settings.timeout)


def _asked(common: Common, integration: str) -> Asked:
    """Return what is asked about integrations; raise UsageProblemError for a name that none has."""
    catalogue = read_catalogue(site_folder.within(site_folder.folder(common), FOLDER))
    if integration and integration not in catalogue.integrations:
        raise UsageProblemError(f"--integration {integration[:40]!r}: expected one of {catalogue.expected()}")
    known = catalogue.integrations.items()
    return Asked(integration, frozenset(name for name, each in known if (each.folder / RULES).exists()))


def _diagnose_all(common: Common, settings: Settings) -> archive.Item:
    readings = gather(_gather_options(common, settings), None)
    with open_doctor(readings, settings) as examiner:
        return archive.Item("diagnosis.json", show.as_json(examiner.examine_all()))


def _show(diagnoses: list[Diagnosis], *, everybody: bool, as_json: bool) -> None:
    if not diagnoses:
        raise ProblemError(
            "no server knows any host: expected Consul, discovery or Prometheus to answer and have one; "
            "`vigie doctor`, without --all, says which of them does not"
        )
    if as_json:
        click.echo(show.as_json(diagnoses))
    elif everybody:
        show.print_all(Console(), diagnoses)
    else:
        show.print_one(Console(), diagnoses[0])


def _send_test_alert(common: Common, flags: dict[str, Any]) -> str:
    """Send the test alert of `vigie alert test` and return who took it; raise ProblemError when nobody did."""
    settings = load("alerting", AlertingSettings, {"config": flags.get("config")})
    access = common.alertmanager
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Alertmanager(access, settings.timeout, url)) for url in access.url]
        server = next((server for server in servers if server.is_ready()), servers[0])
        delivery = alert_test.send(server, alert_test.make_labels("critical", None, None), settings.handover_timeout)
    return f"test alert handed over to {', '.join(delivery.receivers)} by {', '.join(delivery.integrations)}"
