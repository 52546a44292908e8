"""Plain English in all that people read: pages, runbooks, alerts, help texts, messages. The rules: plain_english.py."""

import ast

import click
import pytest
import yaml

from tests.structure.plain_english import find_faults, split_markdown, split_text
from tests.test_structure import PACKAGES, ROOT, sources
from tools.reference.commands import walk
from tools.reference.metrics import programs
from tools.reference.settings import section_types
from vigie.command import cli
from vigie.core.settings import Common, fields

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "alerting/runbooks/*.md", "integrations/**/*.md")
    for path in ROOT.glob(pattern)
    # The changelog tells of the past; the page of metrics has the words of kernels and of other exporters.
    if path.name not in {"CHANGELOG.md", "metrics.md"}
)
ANNOTATIONS = ("summary", "description")


def faults_of(place, sentences):
    return [f"{place}{line}: {fault}: {text}" for line, text in sentences for fault in find_faults(text)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_of_a_page_is_plain(path):
    faults = faults_of(f"{path.relative_to(ROOT)}:", split_markdown(path.read_text()))
    assert not faults, "\n".join(["", *faults])


def test_every_sentence_of_an_alert_is_plain():
    faults = []
    for path in sorted([*(ROOT / "alerting/rules").glob("*.yml"), *(ROOT / "integrations").glob("*/rules.yml")]):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                for name in ANNOTATIONS:
                    text = rule.get("annotations", {}).get(name, "")
                    faults += faults_of(f"{path.name}, {rule.get('alert')}, {name}, line ", split_text(text))
    assert not faults, "\n".join(["", *faults])


def test_every_sentence_of_a_setting_is_plain():
    kinds = [("", Common), *section_types()]
    faults = [
        fault
        for section, kind in kinds
        for field in fields(kind)
        for fault in faults_of(f"setting {section} {field.key}, line ", split_text(field.help))
    ]
    assert not faults, "\n".join(["", *faults])


def test_every_sentence_of_a_commands_help_is_plain():
    faults = []
    for path, command in walk(cli, ("vigie",)):
        name = " ".join(path)
        faults += faults_of(f"{name}, line ", split_markdown(command.help or ""))
        for option in command.params:
            if isinstance(option, click.Option):
                faults += faults_of(f"{name} {option.opts[0]}, line ", split_text(option.help or ""))
    assert not faults, "\n".join(["", *faults])


def test_every_sentence_of_our_own_metrics_help_is_plain():
    faults = [
        fault
        for _, metrics in programs()
        for metric in metrics
        if metric.name.startswith("vigie_")
        for fault in faults_of(f"{metric.name}, line ", split_text(metric.help))
    ]
    assert not faults, "\n".join(["", *faults])


def messages_of(path):
    """Yield (line, text) of what a file raises, and of causes and remedies; VALUE for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text())):
        is_verdict = isinstance(node, ast.Call) and ast.unparse(node.func) == "failed"
        call = node.exc if isinstance(node, ast.Raise) else node if is_verdict else None
        for argument in call.args if isinstance(call, ast.Call) else ():
            yield from ((node.lineno, text) for text in [text_of(argument)] if text)


def text_of(node):
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "VALUE" for part in node.values)
    return ""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_sentence_of_a_message_is_plain(package):
    faults = [
        fault
        for path in sources(package)
        for line, text in messages_of(path)
        for fault in faults_of(f"{path.relative_to(ROOT)}:{line}, line ", split_text(text))
    ]
    assert not faults, "\n".join(["", *faults])


def test_the_rules_find_what_they_are_for():
    long = "word " * 31
    assert list(find_faults(long)) == ["31 words: expected 30 at most; make two of it"]
    assert list(find_faults("It is kept, was found and is shown.")) == [
        "3 passives: expected 2 at most; say who does it"
    ]
    assert list(find_faults("Verified credentials are cached.")) == []
    (fault,) = find_faults("Who has signed in waits for nobody.")
    assert "does not wait" in fault
