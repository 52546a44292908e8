"""The command `vigie discovery`, and an operator's commands to a running one: `show`, `release`, `drop`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from discovery.control import Request, request
from discovery.program import Program, run, run_once
from discovery.settings import Settings
from discovery.tables import print_tables
from vigie.core import logs
from vigie.core.settings import Common, load, options


def _take_stack(context: click.Context, _parameter: click.Parameter, folder: Path | None) -> None:
    """Let an operator's command find the bridge of a running `vigie up`, where its folder is not given."""
    if context.params.get("output"):
        return
    assert context.parent is not None
    context.obj = load("discovery", Settings, {**context.parent.params, "running_stack": folder}).output


FOLDERS = (
    click.option("--output", is_eager=True, type=click.Path(path_type=Path), help="Folder of the running discovery."),
    click.option(
        "--dir",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_take_stack,
        help="Folder of a running `vigie up`, whose discovery is asked where no --output is given (default: .vigie).",
    ),
)


def OUTPUT(function: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - used like the other decorators
    """Add how an operator's command finds the running bridge."""
    for option in FOLDERS:
        function = option(function)
    return function


@click.group(invoke_without_command=True)
@options(Settings, common=("consul",))
@click.option("--consul", "consul", multiple=True, hidden=True, help="Short for --consul-url.")
@click.option("--once", is_flag=True, help="Read everything once, write the files, and end.")
@click.pass_context
def discovery(context: click.Context, /, consul: tuple[str, ...], *, once: bool, **flags: Any) -> None:
    """Turn Consul's catalog into Prometheus targets, and never lose one by accident."""
    flags["consul_url"] = (*flags["consul_url"], *consul)
    settings = load("discovery", Settings, flags)
    context.obj = settings.output
    if context.invoked_subcommand:
        return
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    program = Program(settings, common, flags)
    if once:
        run_once(program)
    else:
        run(program)


@discovery.command()
@OUTPUT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(default_output: Path, output: Path | None, *, as_json: bool) -> None:
    """Show each target with its labels and origin, and what was refused and why."""
    listing = request(output or default_output, Request("show"))
    if as_json:
        click.echo(json.dumps(listing, indent=2))
    else:
        print_tables(listing, Console())


@discovery.command()
@OUTPUT
@click.argument("job", required=False)
@click.pass_obj
def release(default_output: Path, output: Path | None, job: str | None) -> None:
    """Remove the held targets, of one JOB or of all; without JOB, also end a freeze."""
    count = request(output or default_output, Request("release", job))["count"]
    click.echo(f"{count} targets removed")


@discovery.command()
@OUTPUT
@click.argument("name")
@click.pass_obj
def drop(default_output: Path, output: Path | None, name: str) -> None:
    """Remove the lost targets whose instance, service ID or host is NAME."""
    count = request(output or default_output, Request("drop", name))["count"]
    click.echo(f"{count} targets removed")
