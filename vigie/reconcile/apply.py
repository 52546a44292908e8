"""Carries out what the plan says, resource by resource in order, and tells what became of each object."""

from collections.abc import Callable, Iterator, Sequence

import structlog

from vigie.core.errors import ProblemError, TransientError, sentence
from vigie.reconcile.model import Change, Resource, Result
from vigie.reconcile.plan import compare
from vigie.reconcile.retry import Patience

Keep = Callable[[Sequence[Change]], None]  # puts aside what is about to be overwritten or deleted
Find = Callable[[Resource, Patience], list[Change]]
log = structlog.get_logger()


def keep_nothing(_changes: Sequence[Change]) -> None:
    """Put nothing aside."""


def apply(resources: Sequence[Resource], patience: Patience, keep: Keep = keep_nothing) -> Iterator[Result]:
    """Bring each resource to its desired state; yield a result for each change as it is known.

    What is as declared causes no write and no result. When an object fails, the rest of its resource is still tried.
    Later resources are skipped, because they rely on earlier ones (a board on its folder). Running it again resumes.
    Raises ProblemError when a resource can't be read, or nothing can be put aside.
    """
    return carry_out(resources, compare, patience, keep)


def carry_out(resources: Sequence[Resource], find: Find, patience: Patience, keep: Keep) -> Iterator[Result]:
    """Find the changes of each resource and write them; yields and raises as `apply` does."""
    failed_resource = None
    for resource in resources:
        changes = [change for change in find(resource, patience) if change.action != "unchanged"]
        if failed_resource is not None:
            yield from (Result(change, "skipped", f"{failed_resource} failed") for change in changes)
            continue
        keep(changes)
        for group in [changes] if resource.is_atomic and changes else [[change] for change in changes]:
            results = _write(resource, group, find, patience)
            yield from results
            if any(result.outcome == "failed" for result in results):
                failed_resource = resource.name


def _write(resource: Resource, group: Sequence[Change], find: Find, patience: Patience) -> list[Result]:
    """Return the results of one write; after a transient failure only what is still missing is written again."""
    keys = {change.key for change in group}
    pending = list(group)
    pauses = patience.pauses_seconds()
    while True:
        try:
            if pending:
                resource.write(pending)
        except TransientError as error:
            pause_seconds = next(pauses, None)
            if pause_seconds is None:
                return [Result(change, "failed", sentence(error)) for change in group]
            log.warning("trying again", resource=resource.name, after_seconds=pause_seconds, error=sentence(error))
            patience.sleep(pause_seconds)
            pending = [
                change for change in find(resource, patience) if change.key in keys and change.action != "unchanged"
            ]
        except ProblemError as error:
            return [Result(change, "failed", sentence(error)) for change in group]
        else:
            return [Result(change, "done") for change in group]
