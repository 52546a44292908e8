"""Reads a text file that people write."""

from pathlib import Path

from vigie.core.errors import ProblemError


def read(path: Path) -> str:
    """Return the content of a file; raises ProblemError that names it when it can't be read or is not UTF-8."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"{path}: expected a readable text file in UTF-8: {error}") from error
