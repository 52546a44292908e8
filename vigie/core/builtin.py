"""Where the files that come with vigie lie: in a checkout and in a wheel alike, beside the packages."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def builtin(*parts: str) -> Path:
    """Return the path of a file or folder that vigie brings, such as `builtin("alerting", "rules")`."""
    return ROOT.joinpath(*parts)
