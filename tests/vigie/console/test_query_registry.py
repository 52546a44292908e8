"""The console's PromQL is found by walking, and checked against the catalogue."""

from vigie.console import query_registry
from vigie.core.promql import catalogue


def test_every_query_parses_and_asks_for_metrics_that_somebody_emits():
    assert [str(problem) for problem in query_registry.find_problems(catalogue.load())] == []


def test_a_metric_that_nobody_emits_and_a_file_without_queries_are_told(tmp_path, monkeypatch):
    package = tmp_path / "dummy_queries"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "wrong.py").write_text("QUERIES = {'load': 'node_laod1{SELECT}'}\n")
    (package / "without.py").write_text("LOAD = 'node_load1'\n")
    monkeypatch.syspath_prepend(tmp_path)
    problems = query_registry.find_problems(catalogue.load(), __import__("dummy_queries"), tmp_path)
    assert (
        str(problems[0])
        == "vigie/console/queries/without.py: QUERIES: it is missing: expected the file's PromQL by name"
    )
    assert str(problems[1]).startswith("vigie/console/queries/wrong.py: query load: ")
    assert "node_laod1" in str(problems[1])


def test_promql_that_stands_where_it_is_asked_is_told(tmp_path):
    source = (
        "UP = 'up'\ndef show(context):\n    context.sources.query('up')\n    context.query(up)\n    context.query(UP)\n"
    )
    (tmp_path / "page.py").write_text(source)
    assert [str(problem) for problem in query_registry.find_undeclared(tmp_path)] == [
        f"vigie/console/page.py: line {line}: it asks for PromQL of its own: "
        "declare it in vigie/console/queries/, where `vigie lint` checks it"
        for line in (3, 5)
    ]
