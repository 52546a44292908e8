"""Asks promtool and amtool, where they are there, what they think of what is declared: a file at a time.

So `vigie lint` says what `apply` would, and `--keep-going` knows which file to leave out. Where a tool is missing our
own checks must do; `apply` wants it.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from alerting.routes.desired import CASES, ROUTES
from alerting.routes.render import TEMPLATE
from alerting.rules.recording import read_source
from alerting.tools import amtool, promtool
from vigie.core.errors import ProblemError, sentence
from vigie.provision.declarations import RULE_FILES, find_read_declarations
from vigie.reconcile.declaration import Declaration, Inputs, ServerName
from vigie.reconcile.hold import Hold, hold_object
from vigie.reconcile.problem import Problem
from vigie.stack import servers as programs

CONFIGURATION = "alertmanager.yml"


class Refusal(NamedTuple):
    """What a tool refuses, and what waits because of it."""

    problem: Problem
    hold: Hold


def find_refusals(inputs: Inputs, servers: Collection[ServerName]) -> Iterator[Refusal]:
    """Yield each file of these servers that promtool or amtool refuses; nothing of what can't be made at all."""
    declarations = find_read_declarations(inputs)
    if "prometheus" in servers and (tool := _find_tool("promtool")):
        yield from _refuse_rules(tool, _make_rule_files(declarations, inputs))
    if "alertmanager" in servers and (tool := _find_tool("amtool")):
        for declaration in declarations:
            yield from _refuse_routes(tool, declaration, inputs)


def _find_tool(name: str) -> programs.ServerProgram | None:
    try:
        return programs.require(name)
    except ProblemError:
        return None


def _make_rule_files(declarations: Collection[Declaration], inputs: Inputs) -> dict[str, str]:
    texts: dict[str, str] = {}
    for declaration in declarations:
        try:
            texts |= declaration.rule_files(inputs)
        except ProblemError:
            continue  # the linter has said why
    return {name: text for name, text in texts.items() if not inputs.hold.covers(RULE_FILES, name)}


def _refuse_rules(tool: programs.ServerProgram, texts: Mapping[str, str]) -> Iterator[Refusal]:
    """Yield each refused rule file; all are shown to promtool at once, and one by one only when it refuses some."""
    with tempfile.TemporaryDirectory() as folder:
        paths = _write(Path(folder), texts)
        if not _words_of(partial(promtool.check_rules, tool.path, list(paths.values()))):
            return
        for name, path in paths.items():
            if words := _words_of(partial(promtool.check_rules, tool.path, [path])):
                file = read_source(texts[name]) or name
                said = words.replace(f"{path}: ", "").replace(str(path), name)
                yield Refusal(Problem(file, "file", said), hold_object(RULE_FILES, name))


def _refuse_routes(tool: programs.ServerProgram, declaration: Declaration, inputs: Inputs) -> Iterator[Refusal]:
    """Yield that amtool refuses the configuration, as an Alertmanager of its own version would get it."""
    version = tuple(int(part) for part in tool.version.split("."))
    try:
        desired = declaration.alertmanager(inputs)
        files = desired.make(version) if desired else None
    except ProblemError:
        return  # the linter has said why; what a version can't is for the Alertmanager that runs to say
    if desired is None or files is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        path, _ = _write(Path(folder), {CONFIGURATION: files.configuration, TEMPLATE: files.template}).values()
        said = _words_of(partial(amtool.check_config, tool.path, path))
        file = ROUTES if said else CASES
        said = said or _words_of(partial(amtool.check_routes, tool.path, path, desired.cases))
        if said:
            words = said.removeprefix(f"{CASES}: ").replace(str(path), CONFIGURATION)
            yield Refusal(Problem(file, "file", words), declaration.hold_all())


def _write(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    paths = {name: folder / name for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name])
    return paths


def _words_of(check: Callable[[], None]) -> str:
    """Return what a tool says against it, nothing when it accepts it."""
    try:
        check()
    except ProblemError as error:
        return sentence(error)
    return ""
