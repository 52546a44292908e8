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


def print_one(console: Console, diagnosis: Diagnosis) -> None:
    """Print each step, and the remedy of the first that failed at the end."""
    _line(console, f"{diagnosis.host[1]} in datacenter {diagnosis.host[0] or '(unknown)'}", "bold")
    width = max(len(each.title) for each in diagnosis.findings)
    for step in diagnosis.findings:
        mark, style = MARKS[step.verdict.state] if console.is_terminal else (f"{WORDS[step.verdict.state]:<7}", "")
        quiet = "dim" if step.verdict.state == "skipped" and console.is_terminal else ""
        line = Text.assemble(
            (f"  {mark} ", style), (f"{step.title:<{width}}  ", quiet), (brief_long(step.verdict.says), quiet)
        )
        console.print(line, highlight=False, soft_wrap=True)
        if step.verdict.remedy:
            _line(console, f"      → {step.verdict.remedy}", "yellow")
    first = diagnosis.first
    if first is None:
        _line(console, "the chain holds, from the exporter to who receives its alerts", "green")
    else:
        _line(console, f"broken at: {first.title}", "bold red")


def print_all(console: Console, diagnoses: Sequence[Diagnosis]) -> None:
    """Print a line for each host with the first link that is broken; hosts that are ok are only counted."""
    sick = [diagnosis for diagnosis in diagnoses if diagnosis.first]
    width = max((len(diagnosis.host[1]) for diagnosis in sick), default=0)
    for diagnosis in sick:
        assert diagnosis.first is not None
        cause = f"{diagnosis.first.title}: {brief_long(diagnosis.first.verdict.says)}"
        line = Text.assemble(
            (f"✗ {diagnosis.host[1]:<{width}}  ", "bold red"), (f"{diagnosis.host[0]}  ", "dim"), cause
        )
        console.print(line, highlight=False, soft_wrap=True)
    _line(console, f"{len(diagnoses) - len(sick)} of {len(diagnoses)} hosts are ok", "green" if not sick else "bold")


def as_json(diagnoses: Sequence[Diagnosis]) -> str:
    """Return diagnoses as JSON: of each host its steps, and the name of the first that failed (null: none)."""
    return msgspec.json.format(msgspec.json.encode([_facts(diagnosis) for diagnosis in diagnoses]), indent=2).decode()


def brief_long(text: str) -> str:
    """Return a sentence with a space for each character that can't be printed."""
    return "".join(character if character.isprintable() else " " for character in text)


def _facts(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "host": diagnosis.host[1],
        "dc": diagnosis.host[0],
        "broken": diagnosis.first.step if diagnosis.first else None,
        "steps": [
            {
                "step": each.step,
                "title": each.title,
                "state": each.verdict.state,
                "says": each.verdict.says,
                "remedy": each.verdict.remedy,
            }
            for each in diagnosis.findings
        ],
    }


def _line(console: Console, text: str, style: str) -> None:
    console.print(Text(brief_long(text), style=style if console.is_terminal else ""), highlight=False, soft_wrap=True)
