"""The commands `vigie up`, `status`, `down` and `logs`."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from vigie.core import logs as logging
from vigie.core import running_stack
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import FILE_VARIABLE, Common, load, options, parse_duration_seconds
from vigie.stack import background, configurations, disk, ports, servers, show, state
from vigie.stack.layout import Layout, build_layout, needed_servers
from vigie.stack.offer import offered_settings
from vigie.stack.settings import Settings
from vigie.stack.supervisor import Supervisor

NEEDED_BYTES = 200_000_000  # Prometheus's first blocks and write-ahead log, Consul's raft log, bounded logs
DIR = click.option("--dir", "dir", type=click.Path(path_type=Path), help="Folder of the stack (default: .vigie).")


@click.command()
@options(Settings)
@click.option("--detach", is_flag=True, help="Return once the chain is proven; stop it with `vigie down`.")
def up(*, detach: bool, **flags: Any) -> None:
    """Run Consul, exporter, discovery, Prometheus and Alertmanager on this machine until Ctrl-C.

    Servers that are not installed come as Debian packages into a cache. Consul is built where Debian has none
    any more. Root is not needed. Everything listens on loopback. With --ha there are three Consul servers, pairs of
    Prometheus, discovery and Alertmanager, and VictoriaMetrics.
    """
    settings, common = load("up", Settings, flags), load("", Common, flags)
    if flags["config"]:
        os.environ[FILE_VARIABLE] = str(flags["config"].absolute())  # the programs of the stack read it too
    logging.configure(common.log_format, common.log_level)
    console = show.open_console()
    folder = settings.dir.absolute()
    with disk.full_is_a_sentence(folder, "--dir"):
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        disk.require(folder, NEEDED_BYTES, "--dir")
        if detach:
            _fetch(settings, console)  # before the fork, so that this terminal shows the progress
            background.start(folder, console)
            return
        with state.lock(folder):
            running_stack.withdraw(folder)
            _run(settings, common, console)


def _run(settings: Settings, common: Common, console: Console) -> None:
    layout = _prepare(settings, console)

    def print_step(sentence: str) -> None:
        console.print(f"proven: {sentence}", highlight=False, markup=False)

    def print_up(stack: state.StackState) -> None:
        show.print_stack(console, stack)
        console.print("up: the chain is proven; Ctrl-C stops everything", highlight=False)

    running_stack.write(layout.folder, offered_settings(layout))
    grafana = "grafana" in layout.servers or bool(common.grafana.url)
    Supervisor(layout, grafana=grafana, on_step=print_step, on_up=print_up).run()


def _prepare(settings: Settings, console: Console) -> Layout:
    """Return the layout once its servers are there, its ports free and its configurations written."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an interrupted download cleans up after itself
    folder = settings.dir.absolute()
    starting = state.StackState("starting", os.getpid(), state.start_ticks(os.getpid()))
    state.write(folder, starting)
    try:
        layout = build_layout(settings, _fetch(settings, console))
        ports.require_free(layout.ports())
        configurations.write_configurations(layout)
    except (ProblemError, KeyboardInterrupt) as error:
        problem = str(error) or "interrupted"
        state.write(folder, msgspec.structs.replace(starting, phase="failed", problem=problem))
        raise
    return layout


def _fetch(settings: Settings, console: Console) -> dict[str, servers.ServerProgram]:
    """Return the servers of the stack by name, with Grafana when one is installed."""
    cache = servers.cache_of(settings)
    with show.show_downloads(console) as report:
        # Consul comes last, as it may have to be built: another server that is missing is named before that.
        names = sorted(needed_servers(settings), key=lambda name: name == "consul")
        needed = {name: servers.find(name, cache, report) for name in names}
    grafana = servers.find_installed("grafana")
    return {**needed, "grafana": grafana} if grafana else needed


@click.command()
@DIR
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(dir: Path | None, *, as_json: bool) -> None:  # noqa: A002 - the option's name
    """Show what runs in the stack. Exits with 1 unless it is up."""
    folder = _folder(dir)
    running = running_stack.is_held(folder)
    stack = state.read(folder)
    if stack and not running and stack.phase not in {"failed", "stopped"}:
        stack = None  # its supervisor was killed: what it wrote last is true no longer
    if as_json:
        document = msgspec.to_builtins(stack) if stack else {"phase": "stopped", "programs": []}
        click.echo(msgspec.json.encode({**document, "running": running}))
    elif stack and running:
        show.print_stack(show.open_console(), stack)
        click.echo(f"{stack.phase}: supervisor pid {stack.supervisor_pid}, folder {folder}")
    elif stack and stack.problem:
        click.echo(f"not running; the last start failed: {stack.problem}")
    else:
        click.echo(f"not running (folder {folder})")
    if not (running and stack and stack.phase == "up"):
        sys.exit(1)


def _to_seconds(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    try:
        return parse_duration_seconds(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not right: expected a duration such as 90s or 2m") from error


@click.command()
@DIR
@click.option(
    "--timeout",
    "timeout_seconds",
    default="60s",
    show_default=True,
    metavar="DURATION",
    callback=_to_seconds,
    help="How long everything may take to end.",
)
def down(dir: Path | None, timeout_seconds: float) -> None:  # noqa: A002 - the option's name
    """Stop the stack in order; it is no error when none runs."""
    folder = _folder(dir)
    stack = state.read(folder)
    if not running_stack.is_held(folder) or stack is None:
        click.echo(f"nothing runs in {folder}")
        return
    state.send_signal(stack.supervisor_pid, stack.supervisor_start_ticks, signal.SIGTERM)
    deadline = time.monotonic() + timeout_seconds
    # The lock falls a moment before its holder ends.
    while running_stack.is_held(folder) or not state.has_ended(stack.supervisor_pid, stack.supervisor_start_ticks):
        if time.monotonic() > deadline:
            raise ProblemError(f"the supervisor (pid {stack.supervisor_pid}) did not end within {timeout_seconds:g} s")
        time.sleep(0.1)
    click.echo("down: every process has ended")


@click.command()
@click.argument("name")
@DIR
@click.option("--lines", default=50, show_default=True, help="How many lines from the end.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is written from now on.")
def logs(name: str, dir: Path | None, lines: int, *, follow: bool) -> None:  # noqa: A002 - the option's name
    """Show the log of one program of the stack, such as `vigie logs prometheus`."""
    folder = _folder(dir) / "logs"
    names = sorted(path.name.removesuffix(".log") for path in folder.glob("*.log"))
    if name not in names:
        raise UsageProblemError(f"{name!r} has no log in {folder}; expected one of {', '.join(names) or '(none yet)'}")
    path = folder / f"{name}.log"
    if follow:
        subprocess.run(["/usr/bin/env", "tail", "-n", str(lines), "-F", str(path)], check=False)
        return
    with path.open(errors="replace") as file:
        for line in deque(file, maxlen=lines):
            click.echo(line, nl=False)


def _folder(flag: Path | None) -> Path:
    return load("up", Settings, {"dir": flag}).dir.absolute()
