"""Makes the rule files that an evaluator gets from the native rules in `alerting/rules/`."""

import re
from pathlib import Path

from vigie.errors import UsageProblemError
from vigie.site import overlay

PREFIX = "vigie-"  # the names of our files in a folder that may hold other people's too
SOURCE = "runbook_url: /runbooks/"  # as written in the rules; the linter holds every rule to it
BASE_URL = re.compile(r"https?://[A-Za-z0-9._~:/?&=%@\[\]-]+")  # safe as a plain YAML scalar


def render(folder: Path, runbook_base_url: str, over: Path | None = None) -> dict[str, str]:
    """Return the text of each rule file by the name it has in the evaluator's folder; files of `over` win.

    Runbook links get `runbook_base_url` in front of the alert's name; raises UsageProblemError when it is no URL.
    """
    if not BASE_URL.fullmatch(runbook_base_url):
        raise UsageProblemError(f"runbook_base_url: {runbook_base_url!r} is not right: expected an http(s) URL")
    target = "runbook_url: " + runbook_base_url.rstrip("/") + "/"
    return {
        PREFIX + path.name: _header(path) + path.read_text().replace(SOURCE, target)
        for path in overlay(folder, over, "*.yml").values()
    }


def _header(path: Path) -> str:
    return f"# Written by `vigie provision apply` from {path.name}; changes made here are overwritten.\n"
