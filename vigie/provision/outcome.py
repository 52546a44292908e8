"""How every verb of `vigie provision` ends: what it shows, on a terminal or as JSON, and its exit code."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import click
from rich.console import Console

from vigie.core.errors import ProblemError, sentence
from vigie.provision import keep_going
from vigie.provision.resources import Target
from vigie.provision.session import Session, find_in_targets, run_in_targets
from vigie.reconcile import show
from vigie.reconcile.model import Change, Resource, Result

Parts = Iterable[tuple[Target, Iterator[Result]]]
CHANGES_EXIT_CODE = 2  # neither fine (0) nor failed (1): a scheduler can tell them apart


def show_and_end(
    context: click.Context, session: Session, find: Callable[[Sequence[Resource]], list[Change]], *, as_json: bool
) -> None:
    """Show the changes of each target; exit with 2 when there are some, raise when a target can't be read.

    Raises HeldBackError when something is held back.
    """
    problems: list[str] = []
    with _as_json(lambda problem: show.plan_json({}, [problem]) if as_json else ""):
        sound = session.make_sound()
        with sound.open_targets() as targets:
            changes = find_in_targets(targets, find, problems)
    if as_json:
        click.echo(show.plan_json(changes, problems, _held_back(sound)))
    for name, part in () if as_json else changes.items():
        if len(changes) > 1:
            show.show([show.Line(f"{name}:", "bold underline")], Console())
        show.show(show.plan_lines(part), Console())
    _raise_problems(problems, sound)
    if any(change.action != "unchanged" for part in changes.values() for change in part):
        context.exit(CHANGES_EXIT_CODE)


def write_and_end(
    context: click.Context, session: Session, write: Callable[[Sequence[Target]], Parts], nothing: str, *, as_json: bool
) -> None:
    """Show what became of each change; exit with 1 when one failed, raise when a target can't be read.

    Raises HeldBackError when nothing failed and something is held back.
    """
    problems: list[str] = []
    with _as_json(lambda problem: show.results_json([], [problem]) if as_json else ""):
        sound = session.make_sound()
        with sound.open_targets() as targets:
            results = _show_results(run_in_targets(write(targets), problems), as_json=as_json)
    if as_json:
        click.echo(show.results_json(results, problems, _held_back(sound)))
    elif not results and not problems:
        click.echo(nothing)
    if not problems and any(result.outcome != "done" for _, result in results):
        if sound.held_back:
            click.echo(keep_going.describe(sound.held_back), err=True)
        context.exit(1)
    _raise_problems(problems, sound)


def _held_back(session: Session) -> list[str] | None:
    return [str(problem) for problem in session.held_back] if session.keeps_going else None


def _raise_problems(problems: Sequence[str], session: Session) -> None:
    """Raise ProblemError with the targets that can't be read, else HeldBackError when something is held back."""
    held_back = [keep_going.describe(session.held_back)] if session.held_back else []
    if problems:
        raise ProblemError("; ".join([*problems, *held_back]))
    if held_back:
        raise keep_going.HeldBackError(*held_back)


@contextlib.contextmanager
def _as_json(render: Callable[[str], str]) -> Iterator[None]:
    """Print what `render` makes of an error, if anything, before it goes to standard error."""
    try:
        yield
    except ProblemError as error:
        text = render(sentence(error))
        if text:
            click.echo(text)
        raise


def _show_results(results: Iterable[tuple[str, Result]], *, as_json: bool) -> list[tuple[str, Result]]:
    """Show each result as it comes, but for JSON; return them."""
    shown = []
    for target, result in results:
        shown.append((target, result))
        if not as_json:
            show.show([show.result_line(result)], Console())
    return shown
