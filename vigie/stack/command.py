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
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import FILE_VARIABLE, Common, load, options
from vigie.stack import background, configurations, disk, layout, ports, servers, show, state
from vigie.stack.settings import Settings
from vigie.stack.supervisor import Supervisor

NEEDED_BYTES = 200_000_000  # Prometheus's first blocks and write-ahead log, Consul's raft log, bounded logs
DIR = click.option("--dir", "dir", type=click.Path(path_type=Path), help="Folder of the stack (default: .vigie).")


@click.command()
@options(Settings)
@click.option("--detach", is_flag=True, help="Return once the chain is proven; stop it with `vigie down`.")
def up(*, detach: bool, **flags: Any) -> None:
    """Run Consul, exporter, discovery, Prometheus and Alertmanager on this machine until Ctrl-C.

    Missing servers are fetched as Debian packages into a cache, Consul is built where Debian has none any more; no root
    is needed. All listeners are on loopback.
    With --ha: three Consul servers, pairs of Prometheus, discovery and Alertmanager, and VictoriaMetrics.
    """
    settings, common = load("up", Settings, flags), load("", Common, flags)
    if flags["config"]:
        os.environ[FILE_VARIABLE] = str(flags["config"].absolute())  # the programs of the stack read it too
    logging.configure(common.log_format, common.log_level)
    console = show.console()
    folder = settings.dir.absolute()
    with disk.full_is_a_sentence(folder, "--dir"):
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        disk.require(folder, NEEDED_BYTES, "--dir")
        if detach:
            _fetch(settings, console)  # here, where its progress is seen
            background.start(folder, console)
            return
        with state.lock(folder):
            _run(settings, common, console)


def _run(settings: Settings, common: Common, console: Console) -> None:
    one = _prepare(settings, console)

    def announce(seen: state.Stack) -> None:
        show.print_stack(console, seen)
        console.print("up: the chain is proven; Ctrl-C stops everything", highlight=False)

    grafana = "grafana" in one.servers or bool(common.grafana_url)
    tell = lambda sentence: console.print(f"proven: {sentence}", highlight=False, markup=False)  # noqa: E731 - one line
    Supervisor(one, grafana=grafana, tell=tell, announce=announce).run()


def _prepare(settings: Settings, console: Console) -> layout.Layout:
    """Return the layout once its servers are there, its ports free and its configurations written."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an interrupted download cleans up after itself
    folder = settings.dir.absolute()
    starting = state.Stack("starting", os.getpid(), state.start_ticks(os.getpid()))
    state.write(folder, starting)
    try:
        one = layout.layout(settings, _fetch(settings, console))
        ports.require_free(one.ports())
        configurations.write_configurations(one)
    except (ProblemError, KeyboardInterrupt) as error:
        problem = str(error) or "interrupted"
        state.write(folder, msgspec.structs.replace(starting, phase="failed", problem=problem))
        raise
    return one


def _fetch(settings: Settings, console: Console) -> dict[str, servers.Server]:
    """Return the servers of the stack by name, with Grafana when one is installed."""
    cache = servers.cache_of(settings)
    with show.downloads(console) as report:
        # What may have to be built comes last: who lacks another server hears it before ten minutes have gone.
        names = sorted(layout.needed(settings), key=lambda name: name == "consul")
        found = {name: servers.find(name, cache, report) for name in names}
    grafana = servers.installed("grafana")
    return {**found, "grafana": grafana} if grafana else found


@click.command()
@DIR
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(dir: Path | None, *, as_json: bool) -> None:  # noqa: A002 - the option's name
    """Show what runs in the stack; exits with 1 unless it is up."""
    folder = _folder(dir)
    seen = state.read(folder)
    running = state.is_held(folder)
    if seen is None or (not running and seen.phase not in {"failed", "stopped"}):
        seen = None
    if as_json:
        document = msgspec.to_builtins(seen) if seen else {"phase": "stopped", "programs": []}
        click.echo(msgspec.json.encode({**document, "running": running}))
    elif seen is not None and running:
        show.print_stack(show.console(), seen)
        click.echo(f"{seen.phase}: supervisor pid {seen.supervisor_pid}, folder {folder}")
    elif seen is not None and seen.problem:
        click.echo(f"not running; the last start failed: {seen.problem}")
    else:
        click.echo(f"not running (folder {folder})")
    if not (running and seen and seen.phase == "up"):
        sys.exit(1)


@click.command()
@DIR
@click.option("--timeout-seconds", default=60.0, show_default=True, help="How long everything may take to end.")
def down(dir: Path | None, timeout_seconds: float) -> None:  # noqa: A002 - the option's name
    """Stop the stack in order; fine when none runs."""
    folder = _folder(dir)
    seen = state.read(folder)
    if not state.is_held(folder) or seen is None:
        click.echo(f"nothing runs in {folder}")
        return
    state.signal(seen.supervisor_pid, seen.supervisor_start_ticks, signal.SIGTERM)
    deadline = time.monotonic() + timeout_seconds
    while state.is_held(folder):
        if time.monotonic() > deadline:
            raise ProblemError(f"the supervisor (pid {seen.supervisor_pid}) did not end within {timeout_seconds:g} s")
        time.sleep(0.1)
    click.echo("down: every process has ended")


@click.command()
@click.argument("name")
@DIR
@click.option("--lines", default=50, show_default=True, help="How many lines from the end.")
@click.option("--follow", "-f", is_flag=True, help="Go on showing what is written.")
def logs(name: str, dir: Path | None, lines: int, *, follow: bool) -> None:  # noqa: A002 - the option's name
    """Show the log of one program of the stack, such as `vigie logs prometheus`."""
    folder = _folder(dir) / "logs"
    known = sorted(path.name.removesuffix(".log") for path in folder.glob("*.log"))
    if name not in known:
        raise UsageProblemError(f"{name!r} has no log in {folder}; expected one of {', '.join(known) or '(none yet)'}")
    path = folder / f"{name}.log"
    if follow:
        subprocess.run(["/usr/bin/env", "tail", "-n", str(lines), "-F", str(path)], check=False)
        return
    with path.open(errors="replace") as file:
        for line in deque(file, maxlen=lines):
            click.echo(line, nl=False)


def _folder(flag: Path | None) -> Path:
    return load("up", Settings, {"dir": flag}).dir.absolute()
