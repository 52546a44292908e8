"""`vigie smart`: asks the disks for their health once, as root, and leaves the answer where the exporter reads it."""

import os
from pathlib import Path

import click

from exporter.base.calls import DiskCommands
from exporter.base.roots import Roots
from exporter.disks.reading import Disks
from exporter.exposition.text import Family, Sample, render
from vigie.core.atomic_files import os_errors_explained, write_synced
from vigie.core.errors import ProblemError

FAILED = Family(
    "vigie_smart_items_failed", "gauge", "Disks, or parts of what they tell, that `vigie smart` could not read."
)


@click.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The *.prom file to write, in a folder of --collector.textfile.directory; without it, to standard output.",
)
def smart(output: Path | None) -> None:
    """Ask all disks for their health (SMART, NVMe log) and write it as metrics; needs root."""
    text, failures = read_disks(Roots(), DiskCommands())
    for place, reason in failures.items():
        click.echo(f"{place}: {reason}", err=True)
    if output is None:
        click.echo(text, nl=False)
        return
    with os_errors_explained(output.parent, "--output", "the exporter"):
        replace(output, text)


def read_disks(roots: Roots, commands: DiskCommands) -> tuple[str, dict[str, str]]:
    """Return the metrics and what failed of each place; raise ProblemError when no disk may be asked."""
    disks = Disks(roots.sys, roots.root / "dev", commands)
    try:
        samples = disks.read()
    except PermissionError as error:
        raise ProblemError(
            f"{error.filename}: {error.strerror}; run this as root, or with CAP_SYS_RAWIO and CAP_SYS_ADMIN"
        ) from error
    samples.append(Sample(FAILED, len(disks.failures)))
    return render(samples).decode(), disks.failures


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all; who reads it meanwhile sees the last one. Raises OSError."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")  # no *.prom, so that nobody reads it
    try:
        write_synced(staged, text).replace(path)
    finally:
        staged.unlink(missing_ok=True)
