"""The command `vigie render`: writes what the containers of one machine read."""

from pathlib import Path
from typing import Any

import click

from vigie.core.errors import UsageProblemError
from vigie.core.settings import load, options
from vigie.stack.rendering.roles import ROLES, render_files
from vigie.stack.rendering.settings import Settings


@click.command()
@click.argument("role", type=click.Choice(sorted(ROLES)))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@options(Settings)
def render(role: str, folder: Path, **flags: Any) -> None:
    """Write into FOLDER the configurations that compose.ROLE.yaml mounts (compose.yaml for the trial).

    A file that already has the right text is not written, so that a second run changes nothing.
    """
    settings = load("render", Settings, flags)
    changed = [name for name, text in render_files(role, settings).items() if _write(folder / name, text)]
    click.echo("\n".join(f"wrote {folder / name}" for name in changed) or "nothing to change")


def _write(file: Path, text: str) -> bool:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_file() and file.read_text() == text:
            return False
        # Not renamed: a container that has the file mounted would go on reading the old one.
        file.write_text(text)
        file.chmod(0o644)  # each container reads it as a user of its own
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a folder that we may write: {error.strerror}") from error
    return True
