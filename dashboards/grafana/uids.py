"""Our uids in Grafana: whatever has our prefix is ours, and nothing else."""

import hashlib
import re

PREFIX = "vigie-"
UID = re.compile(r"vigie-[A-Za-z0-9_-]{1,34}")  # Grafana refuses more than 40 characters in all
UNSAFE = re.compile(r"[^A-Za-z0-9-]+")
READABLE_CHARACTERS = 25  # with prefix and hash 40


def make_uid(name: str) -> str:
    """Return the uid of what we call `name`, underscores made dashes; raises ValueError when it can't be one."""
    uid = PREFIX + name.replace("_", "-")
    if not UID.fullmatch(uid):
        raise ValueError(f"{uid!r} is not a uid: expected at most 40 characters of letters, digits, _ and -")
    return uid


def make_safe_uid(name: str) -> str:
    """Return the uid of what others call `name`: a name that can't be one is shortened, and told apart by a hash."""
    try:
        return make_uid(name)
    except ValueError:
        digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:8]
        readable = UNSAFE.sub("-", name).strip("-")[:READABLE_CHARACTERS]
        return f"{PREFIX}{readable}-{digest}"


def is_ours(key: str) -> bool:
    """Tell whether the uid is one of ours."""
    return key.startswith(PREFIX)
