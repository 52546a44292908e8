"""Files of at most 250 lines, functions of at most 40, but for the table that a function returns."""

import ast

import pytest

from tests.test_structure import ROOT

FILE_LINES = 250
FUNCTION_LINES = 40
FOLDERS = ("alerting", "dashboards", "discovery", "exporter", "integrations", "tests", "tools", "vigie")
TABLES = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Call)


def files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def lines_of(node):
    return node.end_lineno - node.lineno + 1


def lines_without_table(function):
    """Return a function's lines without those of the list, mapping or the like that it ends by returning."""
    last = function.body[-1]
    is_table = isinstance(last, ast.Return) and isinstance(last.value, TABLES)
    return lines_of(function) - (lines_of(last) - 1 if is_table else 0)


def assert_none_above(most, lengths):
    too_long = [
        f"{place} has {lines} lines, expected {most} at most" for place, lines in lengths.items() if lines > most
    ]
    assert not too_long, "\n" + "\n".join(too_long)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_too_long(folder):
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files(folder)}
    assert_none_above(FILE_LINES, lengths)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_is_too_long(folder):
    lengths = {
        f"{path.relative_to(ROOT)}: {node.name}": lines_without_table(node)
        for path in files(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert_none_above(FUNCTION_LINES, lengths)
