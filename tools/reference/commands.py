"""The page of commands: every command of `vigie`, with its arguments and options, by walking."""

from collections.abc import Iterator

import click

from exporter.registry import find_collectors
from tools.reference.markdown import code, fenced, page, table
from vigie.command import COMMANDS, cli

# Options of single collectors; what holds for all of them has a dash or begins with --no.
COLLECTORS = tuple(f"`--collector.{name}" for name in find_collectors())
INTRO = """\
Every command takes `--help`. Exit codes are 0 (fine), 1 (failed), 2 (a difference or a fault was found) and 64 (wrong
usage or configuration). Options that are settings can also stand in the environment or in a file:
[Settings](settings.md) has their types and defaults."""


def commands_page() -> str:
    """Return the page of all commands."""
    summary = table(
        ("command", "what it does"),
        ((f"[`vigie {name}`](#vigie-{name})", COMMANDS[name][1]) for name in sorted(COMMANDS)),
    )
    return page("Commands", INTRO, summary, *(section(path, command) for path, command in walk(cli, ("vigie",))))


def walk(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield (path, command) of every command below a group, sorted."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))


def section(path: tuple[str, ...], command: click.Command) -> str:
    """Return the section of one command."""
    context = click.Context(command, info_name=" ".join(path))
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    level = "#" * min(len(path), 3)
    text = " ".join((command.help or "").replace("\b", "").split("\f")[0].split())
    rows = [option_row(option) for option in command.params if isinstance(option, click.Option)]
    is_exporter = path[-1] == "exporter"
    own = [pair for pair in rows if not (is_exporter and pair[0].startswith(COLLECTORS))]
    parts = [f"{level} {' '.join(path)}", fenced(usage, "text"), text]
    if own:
        parts.append(table(("option", "what it does"), own))
    if len(own) < len(rows):
        parts.append(
            "Besides, a switch and options of each collector: [Settings of collectors](collector-settings.md)."
        )
    return "\n\n".join(part for part in parts if part)


def option_row(option: click.Option) -> tuple[str, str]:
    """Return an option's spellings and its help."""
    spellings = ", ".join(code(name) for name in (*option.opts, *option.secondary_opts))
    if option.is_flag or option.is_bool_flag:
        return spellings, option.help or ""
    metavar = option.metavar or option.type.name.upper()
    return f"{spellings} {code(metavar)}", option.help or ""
