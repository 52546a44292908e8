"""`vigie integrations`: which software of this host is watched or could be, one server tried, a folder begun."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import msgspec

from exporter.assembly import SETTINGS
from exporter.docker.container import Container
from exporter.integrations.detection import Proposal, propose_for_containers, propose_for_processes
from exporter.integrations.files import Asked, IntegrationFiles, list_asked
from exporter.integrations.host_software import read_commands, read_containers, read_listening_ports
from exporter.integrations.known import Known
from exporter.integrations.skeleton import make_integration
from exporter.integrations.trying import Trial, try_server
from exporter.registration.container_labels import read_endpoints
from exporter.settings import Settings
from vigie.core import logs, text_file
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.http.fetch_failure import brief, printable
from vigie.core.integrations.catalogue import Integration
from vigie.core.integrations.metrics import read_metrics
from vigie.core.integrations.names import SETUP
from vigie.core.settings import Common, load

FAILURES = (OSError, ValueError)
SHOWN = 8  # missing metrics that are named


@click.group()
@click.option("--config", type=click.Path(path_type=Path), help="YAML file with the exporter's settings.")
@click.pass_context
def integrations(context: click.Context, config: Path | None) -> None:
    """Show which software of this host is watched or could be, try a server, begin an integration of your own."""
    common = load("", Common, {"config": config})
    context.obj = load("exporter", SETTINGS, {"config": config})
    logs.configure(common.log_format, common.log_level)


@integrations.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List what is watched on this host, what looks like known software and is not, and what is known."""
    known = Known(settings.integrations_folder)
    try:
        containers = read_containers(settings.docker, settings.docker_timeout)
    except FAILURES as error:
        click.echo(f"containers are left out: {settings.docker}: {error}", err=True)
        containers = []
    files = IntegrationFiles(settings.integrations_files, known).read()
    _print("watched", _watched(containers, files, known))
    _print("looks known, not watched", _proposed(settings, containers, files, known.all))
    if settings.integrations == "auto":
        click.echo("  (--integrations auto: of these the exporter watches what answers without a login)")
    _print(
        "known", [(name, integration.manifest.title, _source(integration)) for name, integration in known.all.items()]
    )


@integrations.command()
@click.argument("name")
@click.pass_obj
def show(settings: Settings, name: str) -> None:
    """Show what the integration NAME asks for, how it is recognized, and how its server is set up."""
    integration = _find(settings, name)
    manifest = integration.manifest
    detect = manifest.detect
    click.echo(f"{manifest.title}\n{manifest.about}\n")
    _print("", [
        ("asks", _source(integration)),
        ("tried", ", ".join(manifest.tried) or "not on a real server"),
        ("images", ", ".join(detect.images)),
        ("processes", ", ".join(detect.processes)),
        ("ports", ", ".join(map(str, detect.ports))),
        ("folder", str(integration.folder)),
    ])  # fmt: skip
    setup = integration.folder / SETUP
    if setup.is_file():
        click.echo(text_file.read(setup))


@integrations.command()
@click.argument("name")
@click.option(
    "--address", required=True, metavar="HOST:PORT", help="Where the server listens; or a unix socket's path."
)
@click.option("--user", default="", help="User at the server.")
@click.option("--password-file", default="", help="File with that user's password.")
@click.option("--database", default="", help="Database at the server, where it has several.")
@click.option("--path", default="", help="Path of its page, where it has another one than usual.")
@click.option("--scheme", default="", help="http or https, where it is asked otherwise than usual.")
@click.option("--server-name", default="", help="Its name in the certificate and in the Host header.")
@click.option("--ca-file", default="", help="PEM file with the authority of its certificate.")
@click.option("--page", is_flag=True, help="Print the whole page of metrics, too.")
@click.pass_obj
def test(settings: Settings, /, name: str, *, page: bool, **words: str) -> None:
    """Ask the server at an address once as NAME, and say what would be scraped; exits with 1 when it fails."""
    integration = _find(settings, name)
    try:
        asked = msgspec.convert({"integration": name, **words}, Asked)
        host, port = asked.server()
    except msgspec.ValidationError as error:
        raise UsageProblemError(str(error)) from error
    except ValueError as error:
        raise UsageProblemError(f"--address: {error}") from error
    server = asked.reach(host, port, integration.manifest.page.path, integration.manifest.page.scheme)
    trial = try_server(integration, server, asked.login, settings.integrations_deadline)
    if page:
        click.echo("\n".join(map(printable, trial.outcome.page.decode("utf-8", "replace").split("\n"))), nl=False)
    _tell(trial, integration, asked.address)


@integrations.command()
@click.argument("name")
@click.option("--port", type=click.IntRange(1, 65535), required=True, help="The port that the software listens on.")
@click.option("--check", is_flag=True, help="It has no endpoint with metrics: begin a check in Python.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Where to make it.")
@click.pass_obj
def new(settings: Settings, name: str, port: int, *, check: bool, folder: Path | None) -> None:
    """Begin an integration of your own: make the folder NAME with a manifest, set-up notes and perhaps a check."""
    known_folder = settings.integrations_folder
    folder = folder or known_folder
    for path in make_integration(folder, name, port, has_check=check):
        click.echo(path)
    if folder.resolve() == known_folder.resolve():
        click.echo(f"now try it: vigie integrations test {name} --address 127.0.0.1:{port}")


def _find(settings: Settings, name: str) -> Integration:
    known = Known(settings.integrations_folder).all
    if name not in known:
        raise UsageProblemError(f"{name[:80]!r}: expected one of {', '.join(known)}")
    return known[name]


def _watched(containers: list[Container], files: Mapping[str, Asked], known: Known) -> Iterator[tuple[str, ...]]:
    for container in containers:
        if container.is_running:
            for endpoint in read_endpoints(container, known)[0]:
                if endpoint.integration:
                    yield f"{container.name}:{endpoint.port}", endpoint.integration, "its label asks for it"
    for name, asked in files.items():
        if asked.address:
            yield asked.address, asked.integration, f"the file {name}.yml asks for it"


def _proposed(
    settings: Settings, containers: list[Container], files: Mapping[str, Asked], known: Mapping[str, Integration]
) -> Iterator[Proposal]:
    yield from propose_for_containers(containers, known)
    asked = list_asked(files.values())
    try:
        commands = read_commands(settings.path_procfs)
    except OSError as error:
        click.echo(f"processes are left out: {settings.path_procfs}: {error.strerror}", err=True)
        return
    yield from propose_for_processes(commands, read_listening_ports(settings.path_procfs), asked, known)


def _source(integration: Integration) -> str:
    """Return in words where the metrics come from."""
    manifest = integration.manifest
    if manifest.endpoint:
        return f"its endpoint {manifest.endpoint.scheme}://HOST:{manifest.port}{manifest.endpoint.path}"
    if manifest.page.scheme:
        return f"a check of {manifest.page.scheme}://HOST:{manifest.port}{manifest.page.path}"
    return f"a check of port {manifest.port}"


def _print(title: str, rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> None:
    """Print rows as columns below a title."""
    rows = [row for row in rows if any(row[1:])]
    if title:
        click.echo(f"{title}:" + ("" if rows else " nothing"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _tell(trial: Trial, integration: Integration, address: str) -> None:
    outcome, name = trial.outcome, integration.manifest.name
    if outcome.state != "ok":
        raise ProblemError(f"{name} at {address}: {outcome.state}: {brief(outcome.reason)}")
    names = Counter(trial.series_names)
    click.echo(f"{address} answers as {name} in {trial.seconds:.2f} s: {len(names)} metrics, {names.total()} series")
    if outcome.items_failed:
        click.echo(f"{outcome.items_failed} parts of its answer were not understood, and are left out")
    expected = [metric for metric in read_metrics(integration.folder) if not metric.is_recorded]
    missing = [metric.name for metric in expected if not any(series in names for series, _ in metric.series())]
    if missing:
        others = f", and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        click.echo(f"missing of its {len(expected)} metrics: {', '.join(missing[:SHOWN])}{others}")
        click.echo("(another version or role of the server may tell them, or a user with more rights)")
