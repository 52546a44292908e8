"""The command `vigie discovery`, and what an operator says to a running one: `show`, `accept`, `forget`."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from discovery.control import Request, ask
from discovery.program import Program, run, run_once
from discovery.publishing.listing import show as show_tables
from discovery.settings import Settings
from vigie.core import logs
from vigie.core.settings import Common, load, options

COMMON = ("consul_url", "consul_token_file", "consul_ca_file", "consul_cert_file", "consul_key_file")
OUTPUT = click.option("--output", type=click.Path(path_type=Path), help="Folder of the running bridge.")


@click.group(invoke_without_command=True)
@options(Settings, common=COMMON)
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
def show(settled: Path, output: Path | None, *, as_json: bool) -> None:
    """Show each target with its labels and origin, and what was refused and why."""
    found = ask(output or settled, Request("show"))
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        show_tables(found, Console())


@discovery.command()
@OUTPUT
@click.argument("job", required=False)
@click.pass_obj
def accept(settled: Path, output: Path | None, job: str | None) -> None:
    """Let go what is held, of one JOB or of all, and believe Consul again."""
    count = ask(output or settled, Request("accept", job))["count"]
    click.echo(f"{count} targets removed")


@discovery.command()
@OUTPUT
@click.argument("name")
@click.pass_obj
def forget(settled: Path, output: Path | None, name: str) -> None:
    """Let go the lost targets whose instance, service ID or host is NAME."""
    count = ask(output or settled, Request("forget", name))["count"]
    click.echo(f"{count} targets removed")
