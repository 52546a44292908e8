"""Numbers in the one-line files of /sys, where a driver may lack a file or refuse to read it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from exporter.exposition.text import Family, Sample
from exporter.kernel.files import read_text_or
from exporter.parsing.items import skip
from exporter.parsing.numbers import hexadecimal, whole


def read_int(path: Path) -> int | None:
    """Return the whole number in a file, decimal or `0x…`; None when it can't be read or is empty.

    A file that holds anything else is skipped.
    """
    text = read_text_or(path)
    if not text:
        return None
    try:
        return hexadecimal(text) if text.startswith("0x") else whole(text)
    except ValueError as error:
        skip(path, error)
        return None


def read_samples(folder: Path, families: Mapping[str, Family], labels: tuple[str, ...]) -> Iterator[Sample]:
    """Yield a sample for each of the files, by their names below `folder`, that can be read."""
    for name, family in families.items():
        value = read_int(folder / name)
        if value is not None:
            yield Sample(family, value, labels)
