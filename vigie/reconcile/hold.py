"""What waits while a file is refused: nothing is made of it, and what was delivered of it stays as it is."""

import glob
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from vigie.reconcile.model import Change, Resource


class Hold(NamedTuple):
    """Files that are not read, declarations of which nothing is made, and the objects that stay.

    An object is a resource's name and a pattern of its keys (`fnmatch`), since nobody knows what a file that can't be
    read would hold.
    """

    files: frozenset[Path] = frozenset()
    declarations: frozenset[str] = frozenset()
    objects: frozenset[tuple[str, str]] = frozenset()

    def covers(self, resource: str, key: str) -> bool:
        """Tell whether this object stays as it is."""
        return any(name == resource and fnmatchcase(key, pattern) for name, pattern in self.objects)

    def join(self, other: "Hold") -> "Hold":
        """Return what waits for either of the two."""
        return Hold(self.files | other.files, self.declarations | other.declarations, self.objects | other.objects)


NOTHING_HELD = Hold()


def hold_object(resource: str, key: str) -> Hold:
    """Return that this one object stays as it is."""
    return Hold(objects=frozenset({(resource, glob.escape(key))}))


class HeldResource:
    """A resource without the objects that wait: they are neither written, nor deleted as if nobody declared them."""

    def __init__(self, resource: Resource, hold: Hold) -> None:
        """Take the resource, and what waits."""
        self.resource = resource
        self.hold = hold

    @property
    def name(self) -> str:
        """The resource's own name."""
        return self.resource.name

    @property
    def is_atomic(self) -> bool:
        """Whether all changes of the resource are one write."""
        return self.resource.is_atomic

    @property
    def relies_on(self) -> frozenset[str]:
        """The names of what must be written before it."""
        return self.resource.relies_on

    def desired(self) -> dict[str, Any]:
        """Return what is declared and does not wait; raises as the resource does."""
        return self._without_held(self.resource.desired())

    def actual(self) -> Mapping[str, Any]:
        """Return what is there; raises as the resource does."""
        return self.resource.actual()

    def orphans(self) -> dict[str, Any]:
        """Return what is no longer declared and does not wait; raises as the resource does."""
        return self._without_held(self.resource.orphans())

    def write(self, changes: Sequence[Change]) -> None:
        """Carry out the changes; raises as the resource does."""
        self.resource.write(changes)

    def _without_held(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in objects.items() if not self.hold.covers(self.name, key)}
