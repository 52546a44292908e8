"""Deletes what is ours and no longer declared, last resources first, and never more than was allowed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from vigie.core.errors import ProblemError
from vigie.reconcile.apply import Keep, carry_out
from vigie.reconcile.model import Change, Resource, Result
from vigie.reconcile.plan import find_orphans
from vigie.reconcile.retry import Patience


def find(resources: Sequence[Resource], patience: Patience) -> list[Change]:
    """Return what `prune` would delete, in its order; raises ProblemError when a resource can't be read."""
    return [change for resource in reversed(resources) for change in find_orphans(resource, patience)]


def require_few(changes: Sequence[Change], max_delete: int) -> None:
    """Raise ProblemError when there are more deletions than were allowed: a missing site folder looks like that."""
    if len(changes) > max_delete:
        counts = ", ".join(
            f"{count} {resource}" for resource, count in Counter(change.resource for change in changes).items()
        )
        raise ProblemError(
            f"nothing was deleted: {len(changes)} objects ({counts}) are no longer declared, and --max-delete is "
            f"{max_delete}; look at `vigie provision prune --dry-run`, then allow them or declare them again"
        )


def prune(resources: Sequence[Resource], patience: Patience, keep: Keep) -> Iterator[Result]:
    """Delete what is no longer declared; yields and raises as `apply` does.

    What could not be deleted may still rely on others, so these stay (a folder, when a board in it stays).
    """
    return carry_out(
        resources[::-1], find_orphans, patience, keep, lambda resource, later: resource.name in later.relies_on
    )
