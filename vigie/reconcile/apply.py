"""Carries out what the plan says, resource by resource in order, and tells what became of each object."""

from collections.abc import Callable, Iterator, Sequence

import structlog

from vigie.core.errors import ProblemError, TransientError, sentence
from vigie.reconcile.model import Change, Resource, Result
from vigie.reconcile.plan import compare
from vigie.reconcile.retry import Patience

Keep = Callable[[Sequence[Change]], None]  # puts aside what is about to be overwritten or deleted
Find = Callable[[Resource, Patience], list[Change]]
MustWait = Callable[[Resource, Resource], bool]  # (this resource, another that was not finished)
log = structlog.get_logger()


def keep_nothing(_changes: Sequence[Change]) -> None:
    """Put nothing aside."""


def apply(resources: Sequence[Resource], patience: Patience, keep: Keep = keep_nothing) -> Iterator[Result]:
    """Bring each resource to its desired state; yield a result for each change as it is known.

    What is as declared causes no write and no result. When an object fails, the rest of its resource is still tried.
    Resources that rely on it are skipped (a board relies on its folder), others are not. Running it again resumes.
    Raises ProblemError when nothing can be put aside; when a resource can't be read, after the others.
    """
    return carry_out(resources, compare, patience, keep, lambda resource, earlier: earlier.name in resource.relies_on)


def carry_out(
    resources: Sequence[Resource], find: Find, patience: Patience, keep: Keep, must_wait: MustWait
) -> Iterator[Result]:
    """Find the changes of each resource and write them; yields and raises as `apply` does.

    A resource is skipped when it must wait for one that failed, or that was itself skipped.
    """
    causes: dict[str, str] = {}  # what was not finished, and whose failure is behind it
    unread: list[ProblemError] = []
    for resource in resources:
        try:
            changes = [change for change in find(resource, patience) if change.action != "unchanged"]
        except TransientError:
            raise  # whoever is away now is not asked again for each resource
        except ProblemError as error:
            unread.append(error)
            causes[resource.name] = resource.name
            continue
        unfinished = (other for other in resources if other.name in causes and must_wait(resource, other))
        cause = next((causes[other.name] for other in unfinished), None)
        for result in _skip(changes, cause) if cause else _write_all(resource, changes, find, patience, keep):
            yield result
            if result.outcome != "done":
                causes[resource.name] = cause or resource.name
    _raise_all(unread)


def _skip(changes: Sequence[Change], cause: str) -> Iterator[Result]:
    return (Result(change, "skipped", f"{cause} failed") for change in changes)


def _write_all(
    resource: Resource, changes: Sequence[Change], find: Find, patience: Patience, keep: Keep
) -> Iterator[Result]:
    keep(changes)
    for group in [changes] if resource.is_atomic and changes else [[change] for change in changes]:
        yield from _write(resource, group, find, patience)


def _raise_all(errors: Sequence[ProblemError]) -> None:
    """Raise the error as it is when it is alone, else one of all their sentences."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ProblemError("; ".join(dict.fromkeys(sentence(error) for error in errors)))


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
