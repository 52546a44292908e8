"""What in Grafana is ours: whatever has our uid prefix, and nothing else."""

import re

PREFIX = "vigie-"
UID = re.compile(r"vigie-[A-Za-z0-9_-]{1,34}")  # Grafana refuses more than 40 characters in all


def uid(name: str) -> str:
    """Return the uid of what we call `name`, underscores made dashes; raises ValueError when it can't be one."""
    made = PREFIX + name.replace("_", "-")
    if not UID.fullmatch(made):
        raise ValueError(f"{made!r} is not a uid: expected at most 40 characters of letters, digits, _ and -")
    return made


def is_ours(key: str) -> bool:
    """Tell whether the uid is one of ours."""
    return key.startswith(PREFIX)
