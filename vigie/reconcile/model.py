"""The values that the engine works with: resources, changes to their objects, and what became of each change."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

Action = Literal["create", "update", "unchanged", "delete"]
Outcome = Literal["done", "failed", "skipped"]


class Change(msgspec.Struct, frozen=True):
    """One object's way from `before` to `after` (None: it is not there), both in comparable form, free of secrets."""

    resource: str
    key: str
    action: Action
    before: Any
    after: Any


class Result(msgspec.Struct, frozen=True):
    """What became of a change; `message` tells why when it failed or was skipped."""

    change: Change
    outcome: Outcome
    message: str = ""


class Resource(Protocol):
    """One sort of objects (boards, rule files); the engine knows no more of it than this."""

    @property
    def name(self) -> str:
        """Its name in the plural, as people see it."""

    @property
    def is_atomic(self) -> bool:
        """Whether all changes of this resource are one write, which succeeds or fails as a whole."""

    @property
    def relies_on(self) -> frozenset[str]:
        """The names of the resources without which its objects can't be written, or would mean nothing."""

    def desired(self) -> Mapping[str, Any]:
        """Return what is declared, by stable key, in comparable form; what others rely on comes before them."""

    def actual(self) -> Mapping[str, Any]:
        """Return what is there of what is declared, by the same keys and in the same form; sends only reads.

        Raises TransientError when reading may succeed later, else ProblemError.
        """

    def orphans(self) -> Mapping[str, Any]:
        """Return what is there of ours but no longer declared, in an order in which it can be deleted; only reads.

        Raises as `actual` does.
        """

    def write(self, changes: Sequence[Change]) -> None:
        """Carry out the changes, deletions among them: all of them when `is_atomic`, else exactly one.

        Raises TransientError when the state should be read anew and the rest tried again, else ProblemError.
        """
