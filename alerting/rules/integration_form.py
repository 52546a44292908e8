"""Checks what an integration's folder lacks: tests and choice of its rules, its catalogue of metrics, its set-up."""

import re
from collections.abc import Container, Iterator
from pathlib import Path

import yaml

from alerting.rules import rule_test_coverage
from alerting.rules.integrations import RULES, RUNBOOKS, TESTS
from alerting.rules.layers import list_groups
from vigie.core import text_file
from vigie.core.builtin import ROOT
from vigie.core.errors import ProblemError, sentence
from vigie.core.integrations import metrics
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.manifest import MANIFEST, Manifest
from vigie.core.integrations.names import FOLDER, SETUP
from vigie.core.promql import expression
from vigie.core.site_folder import within
from vigie.reconcile.problem import Problem

UNDO = re.compile(r"^## .*\bundo\b", re.MULTILINE | re.IGNORECASE)


def check(site: Path | None) -> list[Problem]:
    """Return what is wrong with the folders of integrations, ours and the site folder's."""
    catalogue = read_catalogue(within(site, FOLDER))
    problems = [Problem(text.partition(": ")[0], "file", text.partition(": ")[2]) for text in catalogue.problems]
    problems += _find_unread(within(site, FOLDER))
    for manifest, folder in catalogue.integrations.values():
        problems += [Problem(_name_file(folder / file), place, text) for file, place, text in _check(manifest, folder)]
        if not folder.is_relative_to(ROOT) and manifest.limits:
            text = "only integrations that vigie brings take limits by thresholds.yml: write the number into the rule"
            problems.append(Problem(_name_file(folder / MANIFEST), "limits", text, is_warning=True))
    return problems


def _find_unread(own_folder: Path | None) -> Iterator[Problem]:
    """Yield each folder with rules or a board that is no integration for want of a manifest."""
    for folder in sorted(own_folder.glob("*/")) if own_folder is not None else ():
        held = [name for name in (RULES, "board.py") if (folder / name).exists()]
        if held and not (folder / MANIFEST).exists():
            text = f"it is missing: nothing reads {' and '.join(held)} beside it"
            yield Problem(str(folder / MANIFEST), "file", text)


def _name_file(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _check(manifest: Manifest, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (file, place, sentence) of what a folder lacks; one with a manifest alone lacks nothing."""
    try:
        known = metrics.read_series(folder)
    except ProblemError as error:
        yield metrics.FILE, "file", sentence(error).removeprefix(f"{folder / metrics.FILE}: ")
        known = {}
    if manifest.version and known and manifest.version.metric not in known:
        yield MANIFEST, "version", f"{manifest.version.metric} is not in {metrics.FILE}: expected one of its metrics"
    yield from _check_text(folder, SETUP, _check_setup(folder))
    if (folder / RULES).exists():
        try:
            rules = list(_list_rules(folder / RULES))
        except (yaml.YAMLError, ProblemError, AttributeError, KeyError, TypeError):
            return  # said of the rule file by itself
        yield from ((RULES, *problem) for problem in _check_rules(manifest.name, rules, known))
        untested = rule_test_coverage.check_file(folder / RULES, folder / TESTS)
        yield from ((TESTS, problem.place, problem.sentence) for problem in untested)
    for path in sorted((folder / RUNBOOKS).glob("*.md")):
        yield from _check_text(folder, f"{RUNBOOKS}/{path.name}", _check_runbook(folder, path))


def _check_text(folder: Path, file: str, texts: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a file, also that it can't be read."""
    try:
        yield from ((file, "file", text) for text in texts)
    except ProblemError as error:
        yield file, "file", sentence(error).removeprefix(f"{folder / file}: ")


def _check_setup(folder: Path) -> Iterator[str]:
    path = folder / SETUP
    if path.exists() and not UNDO.search(text_file.read(path)):
        yield "it does not say how to undo it: expected a section such as `## How to undo it`"
    if not path.exists() and (folder / "check.py").exists():
        yield "it is missing: expected what to do in the server, with which rights, and how to undo it"


def _list_rules(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and query of each rule."""
    rules = (rule for group in list_groups(text_file.read(path)) for rule in group["rules"])
    yield from ((str(rule.get("alert") or rule["record"]), str(rule["expr"])) for rule in rules)


def _check_rules(name: str, rules: list[tuple[str, str]], known: Container[str]) -> Iterator[tuple[str, str]]:
    for place, query in rules:
        if expression.parses(query):
            yield from ((place, text) for text in expression.check_integration(query, name, known))


def _check_runbook(folder: Path, path: Path) -> Iterator[str]:
    text = text_file.read(folder / RULES) if (folder / RULES).exists() else ""
    if path.stem not in re.findall(r"^ *- alert: (\w+)", text, re.MULTILINE):
        yield f"{RULES} has no such alert: expected one of its alerts as the file's name"
    if not text_file.read(path).startswith(f"# {path.stem}\n"):
        yield f"expected the first line `# {path.stem}`"
