"""Tells two values in comparable form apart, place by place."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

IDENTITIES = ("id", "uid", "refId", "name")  # members of a list are told apart by the first of these that all have


class Absent:
    """The value at a place that only the other side has."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


class Difference(msgspec.Struct, frozen=True):
    """A place (`panels[id=3].title`) and its value on both sides, ABSENT when a side lacks it."""

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield each place at which the two values differ, deepest places first found in reading order."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            place = f"{path}.{key}" if path else str(key)
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), place)
    elif isinstance(before, list) and isinstance(after, list):
        identity = _identity(before, after)
        old, new = _by_identity(before, identity), _by_identity(after, identity)
        for key in sorted(old.keys() | new.keys(), key=str) if identity else sorted(old.keys() | new.keys()):
            yield from differences(old.get(key, ABSENT), new.get(key, ABSENT), f"{path}[{key}]")
        if identity and list(old) != list(new) and old.keys() == new.keys():
            yield Difference(f"{path} order", list(old), list(new))
    elif before != after:
        yield Difference(path, before, after)


def text_lines(before: str, after: str) -> list[str]:
    """Return the unified diff of two texts, without its file header."""
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[2:]


def _identity(before: Sequence[Any], after: Sequence[Any]) -> str | None:
    """Return the key whose value tells the members of both lists apart, None when there is none."""
    for key in IDENTITIES:
        for side in (before, after):
            values = [member.get(key) if isinstance(member, Mapping) else None for member in side]
            if None in values or len({str(value) for value in values}) != len(values):
                break
        else:
            return key
    return None


def _by_identity(members: Sequence[Any], identity: str | None) -> dict[Any, Any]:
    if identity is None:
        return dict(enumerate(members))
    return {f"{identity}={member[identity]}": member for member in members}
