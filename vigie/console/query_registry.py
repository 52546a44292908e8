"""Finds the PromQL of the console: every file in `vigie/console/queries/` declares its own as QUERIES."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from types import ModuleType

import vigie.console.queries
from vigie.console.data.charts import fill
from vigie.core.extension_files import import_files, import_problem
from vigie.core.promql import expression as promql
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.problem import Problem

PLACE = "vigie/console/queries"
CONSOLE = Path(__file__).parent
EXAMPLE_SELECTOR, EXAMPLE_WINDOW = 'job="node", dc="eu", instance="web-1"', "120s"
QUERY_METHODS = frozenset({"query", "query_range"})


def find_problems(
    catalogue: Catalogue, package: ModuleType = vigie.console.queries, folder: Path = CONSOLE
) -> list[Problem]:
    """Return what is wrong with the console's PromQL: it must parse, and each metric be one that somebody emits."""
    problems = []
    for name, module in import_files(package).items():
        path = f"{PLACE}/{name}.py"
        if isinstance(module, Exception):
            problems.append(Problem(path, "file", import_problem(module)))
            continue
        queries = getattr(module, "QUERIES", None)
        if not queries:
            problems.append(Problem(path, "QUERIES", "it is missing: expected the file's PromQL by name"))
        for query, expression in (queries or {}).items():
            sentences = promql.check(fill(expression, EXAMPLE_SELECTOR, EXAMPLE_WINDOW), catalogue)
            problems += [Problem(path, f"query {query}", sentence) for sentence in sentences]
    return problems + list(find_undeclared(folder))


def find_undeclared(folder: Path = CONSOLE) -> Iterator[Problem]:
    """Yield a problem for each question whose PromQL stands where it is asked, so that nobody checks it."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text())
        texts = _find_texts(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_literal_query(node, texts):
                sentence = f"it asks for PromQL of its own: declare it in {PLACE}/, where `vigie lint` checks it"
                yield Problem(f"vigie/console/{path.relative_to(folder)}", f"line {node.lineno}", sentence)


def _find_texts(tree: ast.Module) -> Collection[str]:
    """Return the names that this file gives to texts: a question asked by one of them is PromQL of its own, too."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and _is_text(node.value)]
    return {target.id for node in assigned for target in node.targets if isinstance(target, ast.Name)}


def _is_literal_query(node: ast.Call, texts: Collection[str]) -> bool:
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in QUERY_METHODS
        and any(
            _is_text(argument) or (isinstance(argument, ast.Name) and argument.id in texts) for argument in node.args
        )
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
