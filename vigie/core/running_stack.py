"""Finds the stack of `vigie up` that runs on this machine, and the settings that it offers to our other commands.

The supervisor holds a lock in its folder and keeps a file of settings there: addresses and folders, by section. Without
the lock the file counts for nothing, so that a stack that has ended is never taken for one that runs.
"""

import fcntl
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

LOCK = "lock"
FILE = "settings.json"
FOLDER = Path(".vigie")
PARAMETER = "running_stack"  # only commands that have this parameter take settings from a stack
FOLDER_VARIABLE = "VIGIE_UP_DIR"
ADDRESSED = {"alertmanager", "discovery", "grafana", "prometheus"}  # who asks one of these can be asked to find it
# What belongs to a server is taken from the stack only together with the server's address.
GOES_WITH = {
    "alertmanager_config": "alertmanager_url",
    "datasource_url": "grafana_url",
    "grafana_password_file": "grafana_url",
    "grafana_user": "grafana_url",
    "inbox_url": "alertmanager_url",
    "query_url": "prometheus_url",
    "rules_dir": "prometheus_url",
}

Sections = Mapping[str, Mapping[str, Any]]


class Offer(msgspec.Struct, frozen=True):
    """What the file holds: the supervisor's process and its settings by section, "" for the common ones."""

    supervisor_pid: int
    sections: dict[str, dict[str, Any]]


def is_held(folder: Path) -> bool:
    """Return whether a supervisor runs for `folder`."""
    try:
        with (folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def write(folder: Path, sections: Sections) -> None:
    """Offer `sections` in the name of this process, which holds the lock of `folder`; raise OSError."""
    offer = Offer(os.getpid(), {name: dict(section) for name, section in sections.items()})
    temporary = folder / f"{FILE}.tmp"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(offer)))
    temporary.replace(folder / FILE)


def withdraw(folder: Path) -> None:
    """Remove what an earlier stack offered in `folder`; raise OSError."""
    (folder / FILE).unlink(missing_ok=True)


def read(folder: Path) -> Sections:
    """Return the settings of the stack that runs in `folder`, by section; none when no stack runs there.

    A file of another user, who may have left it in the current folder, is not trusted. The programs that the supervisor
    itself starts get none: it tells them everything by flags.
    """
    try:
        with (folder / FILE).open("rb") as file:
            owner = os.fstat(file.fileno()).st_uid
            offer = msgspec.json.decode(file.read(), type=Offer)
    except (OSError, msgspec.DecodeError):
        return {}
    is_trusted = owner in {os.geteuid(), 0}
    if not is_trusted or offer.supervisor_pid == os.getppid() or not is_held(folder):
        return {}
    return offer.sections


def supply(
    section: str, said: Collection[str], flags: Mapping[str, Any], environ: Mapping[str, str], file: Path | None
) -> dict[str, Any]:
    """Return the settings of `section` that a running stack supplies, and say so once on standard error.

    `said` are the settings of that section that flags, environment or `file` have. They win over the stack, and so does
    a common address over what goes with the stack's. Settings that the command has no flag for are left out.
    """
    if PARAMETER not in flags:
        return {}
    document = _read_yaml(file) if file else {}
    named = flags[PARAMETER] or environ.get(FOLDER_VARIABLE) or (document.get("up") or {}).get("dir")
    folder = Path(named) if named else FOLDER
    addresses = {name for name in GOES_WITH.values() if flags.get(name) or f"VIGIE_{name.upper()}" in environ}
    given = {*said, *document, *addresses}
    offered = read(folder).get(section, {})
    taken = {
        name: value
        for name, value in offered.items()
        if name in flags and not {name, GOES_WITH.get(name, name)} & given
    }
    if taken and folder not in _announced:
        _announced.add(folder)
        click.echo(f"taking addresses from the stack in {folder}", err=True)
    return taken


def _read_yaml(file: Path) -> dict[str, Any]:
    """Return the document in `file`, which has been found right already."""
    import yaml  # noqa: PLC0415 - who has no file does not pay for it

    document: dict[str, Any] = yaml.safe_load(file.read_bytes()) or {}
    return document


_announced: set[Path] = set()


def option(common: tuple[str, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command with `--dir` when its `common` settings name a server that a stack has."""
    if not any(name.split("_")[0] in ADDRESSED for name in common):
        return lambda function: function
    text = "Folder of a running `vigie up`, whose addresses are taken where no others are given (default: .vigie)."
    return click.option("--dir", PARAMETER, type=click.Path(path_type=Path), help=text)
