"""What a person sees of a diagnosis: a list with marks on a terminal, plain lines in a pipe, or JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from vigie.doctor.diagnosis import Diagnosis
from vigie.doctor.findings.verdict import State

MARKS: dict[State, tuple[str, str]] = {"ok": ("✓", "green"), "failed": ("✗", "bold red"), "skipped": ("·", "dim")}
WORDS: dict[State, str] = {"ok": "ok", "failed": "FAILED", "skipped": "skipped"}


def print_one(console: Console, one: Diagnosis) -> None:
    """Print each step, and the remedy of the first that failed at the end."""
    _line(console, f"{one.host[1]} in datacenter {one.host[0] or '(unknown)'}", "bold")
    width = max(len(each.title) for each in one.findings)
    for step in one.findings:
        mark, style = MARKS[step.verdict.state] if console.is_terminal else (f"{WORDS[step.verdict.state]:<7}", "")
        quiet = "dim" if step.verdict.state == "skipped" and console.is_terminal else ""
        line = Text.assemble(
            (f"  {mark} ", style), (f"{step.title:<{width}}  ", quiet), (brief_long(step.verdict.says), quiet)
        )
        console.print(line, highlight=False, soft_wrap=True)
        if step.verdict.remedy:
            _line(console, f"      → {step.verdict.remedy}", "yellow")
    first = one.first
    if first is None:
        _line(console, "the chain holds, from the exporter to who receives its alerts", "green")
    else:
        _line(console, f"broken at: {first.title}", "bold red")


def print_all(console: Console, found: Sequence[Diagnosis]) -> None:
    """Print a line for each host with the first link that is broken; hosts that are well are only counted in a pipe."""
    sick = [one for one in found if one.first]
    width = max((len(one.host[1]) for one in sick), default=0)
    for one in sick:
        assert one.first is not None
        cause = f"{one.first.title}: {brief_long(one.first.verdict.says)}"
        line = Text.assemble((f"✗ {one.host[1]:<{width}}  ", "bold red"), (f"{one.host[0]}  ", "dim"), cause)
        console.print(line, highlight=False, soft_wrap=True)
    _line(console, f"{len(found) - len(sick)} of {len(found)} hosts are well", "green" if not sick else "bold")


def as_json(found: Sequence[Diagnosis]) -> str:
    """Return diagnoses as JSON: of each host its steps, and the name of the first that failed (null: none)."""
    return msgspec.json.format(msgspec.json.encode([_facts(one) for one in found]), indent=2).decode()


def brief_long(text: str) -> str:
    """Return a sentence as a terminal may show it; nothing of it is cut away but what can't be printed."""
    return "".join(one if one.isprintable() else " " for one in text)


def _facts(one: Diagnosis) -> dict[str, Any]:
    return {
        "host": one.host[1],
        "dc": one.host[0],
        "broken": one.first.step if one.first else None,
        "steps": [
            {
                "step": each.step,
                "title": each.title,
                "state": each.verdict.state,
                "says": each.verdict.says,
                "remedy": each.verdict.remedy,
            }
            for each in one.findings
        ],
    }


def _line(console: Console, text: str, style: str) -> None:
    console.print(Text(brief_long(text), style=style if console.is_terminal else ""), highlight=False, soft_wrap=True)
