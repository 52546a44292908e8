"""Says what would change: each declared object against what is there."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from vigie.core.errors import TransientError
from vigie.reconcile.model import Action, Change, Kind
from vigie.reconcile.retry import Patience

T = TypeVar("T")
log = structlog.get_logger()


def plan(kinds: Iterable[Kind], patience: Patience) -> list[Change]:
    """Return one change for each declared object, in the kinds' order; sends only reads.

    Raises ProblemError when a kind can't be read, also after the last attempt.
    """
    return [change for kind in kinds for change in compare(kind, patience)]


def compare(kind: Kind, patience: Patience) -> list[Change]:
    """Return the changes of one kind in its own order; raises ProblemError when it can't be read."""
    desired = kind.desired()
    actual = _persist(kind.actual, patience)
    changes = []
    for key, after in desired.items():
        before = actual.get(key)
        action: Action = "create" if before is None else "unchanged" if before == after else "update"
        changes.append(Change(kind.name, key, action, before, after))
    return changes


def undeclared(kind: Kind, patience: Patience) -> list[Change]:
    """Return a deletion for each object of ours that is no longer declared; raises ProblemError as `compare` does."""
    return [
        Change(kind.name, key, "delete", before, None) for key, before in _persist(kind.undeclared, patience).items()
    ]


def drift(kinds: Iterable[Kind], patience: Patience) -> list[Change]:
    """Return all that is not as declared: what `apply` would write and what `prune` would delete; sends only reads."""
    return [
        change
        for kind in kinds
        for change in (*compare(kind, patience), *undeclared(kind, patience))
        if change.action != "unchanged"
    ]


def _persist(read: Callable[[], T], patience: Patience) -> T:
    for pause_seconds in patience.pauses_seconds():
        try:
            return read()
        except TransientError as error:
            log.warning("reading again", after_seconds=pause_seconds, error=str(error))
            patience.sleep(pause_seconds)
    return read()
