"""Says what would change: each declared object against what is there."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from vigie.core.errors import TransientError
from vigie.reconcile.model import Action, Change, Resource
from vigie.reconcile.retry import Patience

T = TypeVar("T")
log = structlog.get_logger()


def plan(resources: Iterable[Resource], patience: Patience) -> list[Change]:
    """Return one change for each declared object, in the resources' order; sends only reads.

    Raises ProblemError when a resource can't be read, also after the last attempt.
    """
    return [change for resource in resources for change in compare(resource, patience)]


def compare(resource: Resource, patience: Patience) -> list[Change]:
    """Return the changes of one resource in its own order; raises ProblemError when it can't be read."""
    desired = resource.desired()
    actual = _persist(resource.actual, patience)
    changes = []
    for key, after in desired.items():
        before = actual.get(key)
        action: Action = "create" if before is None else "unchanged" if before == after else "update"
        changes.append(Change(resource.name, key, action, before, after))
    return changes


def find_orphans(resource: Resource, patience: Patience) -> list[Change]:
    """Return a deletion for each object of ours that is no longer declared; raises ProblemError as `compare` does."""
    return [
        Change(resource.name, key, "delete", before, None)
        for key, before in _persist(resource.orphans, patience).items()
    ]


def find_drift(resources: Iterable[Resource], patience: Patience) -> list[Change]:
    """Return all that is not as declared: what `apply` would write and what `prune` would delete; sends only reads."""
    return [
        change
        for resource in resources
        for change in (*compare(resource, patience), *find_orphans(resource, patience))
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
