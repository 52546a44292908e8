"""The command `vigie routes import`."""

import os
from pathlib import Path
from typing import Any

import click

from alerting.routes.importing.importer import Difference, Import, find_differences, import_file
from vigie.core.atomic_files import write_private
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import Common, load, options
from vigie.core.site_folder import DEFAULT
from vigie.provision.settings import NoSettings
from vigie.stack import servers

SHOWN = 5  # differences, of which the first says most


@click.group()
def routes() -> None:
    """Bring routes over that are there already."""


@routes.command(name="import")
@options(NoSettings, common=("site",))
@click.option(
    "--secrets-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where secrets that stand in the file are put, each into a file of its own that Alertmanager must be able to "
    "read. Without it they stay in routes.yml, which then only its owner may read.",
)
@click.option("--samples", default=500, show_default=True, help="How many label sets are put to both.")
@click.option("--overwrite", is_flag=True, help="Replace the site folder's routes.yml.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(file: Path, secrets_dir: Path | None, samples: int, *, overwrite: bool, **flags: Any) -> None:
    """Make the site folder's routes.yml from an alertmanager.yml, and prove that the same receivers hear.

    amtool is asked by both for label sets that are made from the tree itself. Nothing is written when one differs.
    No secret is printed.
    """
    target = (load("", Common, flags).site or DEFAULT) / "routes.yml"
    if target.exists() and not overwrite:
        raise UsageProblemError(f"{target} is there already: nothing was written; expected --overwrite")
    tool = servers.require("amtool")
    version = tuple(int(part) for part in tool.version.split(".")[:2])
    imported = import_file(file, secrets_dir.resolve() if secrets_dir else None, version)
    with click.progressbar(length=samples, label="asking amtool", hidden=not os.isatty(2)) as bar:
        differences = list(find_differences(tool.path, file, imported, version, samples, lambda _: bar.update(1)))
    if differences:
        raise ProblemError(
            "; ".join(_describe(difference) for difference in differences[:SHOWN]) + "; nothing was written"
        )
    _write(target, imported, secrets_dir)
    click.echo(f"{target}: {imported.receivers} receivers; up to {samples} label sets reach the same ones as before")
    for name in imported.secrets:
        click.echo(f"secret moved: {(secrets_dir or Path()) / name}")
    for place in imported.left:
        click.echo(f"secret still in {target}: {place}")


def _describe(difference: Difference) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in difference.labels.items())
    return f"{labels} reaches {', '.join(difference.after)}: expected {', '.join(difference.before)}"


def _write(target: Path, imported: Import, secrets_dir: Path | None) -> None:
    """Write the secrets, and then the routes that name them; raises ProblemError for what can't be written."""
    try:
        if secrets_dir:
            secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, secret in imported.secrets.items():
                write_private(secrets_dir / name, secret)
        target.parent.mkdir(parents=True, exist_ok=True)
        if imported.left:
            write_private(target, imported.text)
        else:
            target.write_text(imported.text)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}: expected a folder that may be written") from error
