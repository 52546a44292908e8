"""Shows changes and results: grouped and coloured on a terminal, plain in a pipe, or as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from rich.console import Console

from vigie.reconcile.diff import ABSENT, Difference, differences, text_lines
from vigie.reconcile.masking import mask
from vigie.reconcile.model import Change, Result

MARKS = {"create": ("+", "green"), "update": ("~", "yellow"), "unchanged": (" ", "dim"), "delete": ("-", "red")}
OUTCOMES = {"done": "green", "failed": "bold red", "skipped": "dim"}
PAST = {"create": "created", "update": "updated", "unchanged": "unchanged", "delete": "deleted"}
VALUE_CHARACTERS = 100  # of one value in a line; the whole is in the JSON


class Line(NamedTuple):
    """A line of output and its style in rich's words."""

    text: str
    style: str = ""


def show(lines: Iterable[Line], console: Console) -> None:
    """Print the lines as they come, never wrapped; rich leaves colours out when nobody looks at a terminal."""
    for line in lines:
        console.print(line.text, style=line.style, markup=False, highlight=False, soft_wrap=True)


def plan_lines(changes: Sequence[Change]) -> Iterator[Line]:
    """Yield the plan: for each resource what would be created or updated and how, and a summary."""
    if not changes:
        yield Line("nothing differs")
        return
    for resource, members in groupby(changes, key=lambda change: change.resource):
        changed = [change for change in members if change.action != "unchanged"]
        if changed:
            yield Line(resource, "bold")
        for change in changed:
            mark, style = MARKS[change.action]
            yield Line(f"  {mark} {change.key}", style)
            if change.action == "update":
                yield from _difference_lines(differences(change.before, change.after))
    yield Line(summary(changes))


def summary(changes: Iterable[Change]) -> str:
    """Return the plan in one line; deletions are named only where there are some."""
    actions: list[str] = [change.action for change in changes]
    words = {"create": "to create", "update": "to update", "unchanged": "unchanged", "delete": "to delete"}
    named = [action for action in words if action in actions or (action != "delete" and set(actions) != {"delete"})]
    return ", ".join(f"{actions.count(action)} {words[action]}" for action in named)


def result_line(result: Result) -> Line:
    """Return the line that tells what became of one change."""
    verb = PAST[result.change.action] if result.outcome == "done" else f"{result.outcome}:"
    text = f"{result.change.resource}: {result.change.key}: {verb} {result.message}".rstrip()
    return Line(text, OUTCOMES[result.outcome])


def plan_json(
    plans: Mapping[str, Iterable[Change]], problems: Sequence[str], held_back: Sequence[str] | None = None
) -> str:
    """Return the plans by target as JSON: each change with its differences, and why some targets have no plan.

    `held_back` tells what waits, where that was asked for.
    """
    changes = [{"target": name} | _change(change) for name, changes in plans.items() for change in changes]
    return _json({"changes": changes, "problems": problems} | _waiting(held_back))


def results_json(
    results: Iterable[tuple[str, Result]], problems: Sequence[str], held_back: Sequence[str] | None = None
) -> str:
    """Return (target, result) of each change as JSON, why some targets have no results, and what waits if asked for."""
    shown = [
        {"target": target} | _change(result.change) | {"outcome": result.outcome, "message": result.message}
        for target, result in results
    ]
    return _json({"results": shown, "problems": problems} | _waiting(held_back))


def _waiting(held_back: Sequence[str] | None) -> dict[str, Any]:
    return {} if held_back is None else {"held_back": held_back}


def _change(change: Change) -> dict[str, Any]:
    places = differences(change.before, change.after) if change.action == "update" else ()
    return {
        "resource": change.resource,
        "key": change.key,
        "action": change.action,
        "differences": [
            {"path": place.path}
            | {
                side: mask(value) if isinstance(value, str) and "\n" in value else value
                for side, value in (("before", place.before), ("after", place.after))
                if value is not ABSENT
            }
            for place in places
        ],
    }


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _difference_lines(places: Iterable[Difference]) -> Iterator[Line]:
    for place in places:
        if isinstance(place.before, str) and isinstance(place.after, str) and "\n" in place.before + place.after:
            yield Line(f"      {place.path}:")
            for line in text_lines(mask(place.before), mask(place.after)):
                yield Line(f"        {line}", {"+": "green", "-": "red"}.get(line[0], "dim"))
        else:
            yield Line(f"      {place.path}: {_brief(place.before)} → {_brief(place.after)}")


def _brief(value: Any) -> str:
    text = repr(value) if value is ABSENT else msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_CHARACTERS else text[: VALUE_CHARACTERS - 1] + "…"
