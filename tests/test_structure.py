"""Policies that a machine can see: who imports whom, who reads the environment, what the README must list."""

import ast
from pathlib import Path

import pytest

from exporter.registry import find_collectors

ROOT = Path(__file__).parent.parent
PARTS = ("alerting", "dashboards", "discovery", "exporter", "vigie")
FORBIDDEN = {
    "exporter": {"alerting", "dashboards", "discovery", "flask", "prometheus_client", "rich", "grafana_client"},
    "discovery": {"alerting", "dashboards", "exporter", "grafana_client"},
    "dashboards": {"alerting", "discovery", "exporter"},
    "alerting": {"dashboards", "discovery", "exporter"},
}
# `vigie.settings` reads the environment for everybody; the native runner hands its own on to the servers it starts.
ENVIRONMENT_READERS = {"vigie/settings.py", "vigie/up/"}


def sources(part):
    return sorted((ROOT / part).rglob("*.py"))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("part", FORBIDDEN)
def test_parts_meet_through_formats_and_not_through_imports(part):
    found = {(str(path.relative_to(ROOT)), name) for path in sources(part) for name in imports(path)}
    assert not {(path, name) for path, name in found if name in FORBIDDEN[part]}


def test_only_the_settings_read_the_environment():
    readers = {
        str(path.relative_to(ROOT))
        for part in PARTS
        for path in sources(part)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if ast.unparse(node) != "flask.request.environ"  # what WSGI says of a request
    }
    assert not {path for path in readers if not path.startswith(tuple(ENVIRONMENT_READERS))}


def test_collectors_run_no_programs():
    for path in sources("exporter"):
        assert "subprocess" not in set(imports(path)), path


def test_every_collector_has_a_row_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [name for name in find_collectors() if f"| `{name}` |" not in readme] == []


@pytest.mark.parametrize("part", PARTS)
def test_every_module_says_what_it_is_responsible_for(part):
    assert [path for path in sources(part) if not ast.get_docstring(ast.parse(path.read_text()))] == []
