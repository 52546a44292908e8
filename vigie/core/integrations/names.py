"""What integrations are called, and where they lie; this costs whoever needs no manifest nothing."""

import re
from pathlib import Path

from vigie.core.builtin import builtin

FOLDER = "integrations"
SETUP = "setup.md"
LABEL = "vigie.integration"  # by which a container asks for one
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def find_folder(file: str, own_folder: Path | None) -> Path | None:
    """Return the folder of the integration that a file, as a problem names it, is one of; None where it is none's.

    Whether that folder can be understood does not matter: its own name is the integration's.
    """
    for parent, path in ((own_folder, Path(file)), (builtin(FOLDER), builtin(file))):
        if parent is not None and len(path.parts) > len(parent.parts) + 1 and path.is_relative_to(parent):
            return parent / path.relative_to(parent).parts[0]
    return None
