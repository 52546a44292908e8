"""No thread of the exporter or of discovery dies alone: each is supervised, or it is known why it need not be."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("exporter", "discovery")
# (file, the function that starts the thread): why the end of it is nobody's loss.
SHORT_LIVED = {
    ("exporter/http/http_connections.py", "start"): "one client's connection, whose place is given back in any case",
    ("exporter/registration/registrar.py", "leave"): "ends with the leaving; whoever waits for it does so for seconds",
    ("exporter/command.py", "run_together"): "ends with the leaving",
    ("exporter/integrations/checks.py", "_run"): "one check; one that hangs is left alone, and not begun again",
    ("discovery/program.py", "run_once"): "ends `--once` when it takes too long",
}
STARTS = {"Thread", "Timer", "start_new_thread"}


def name_of(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def scopes():
    """Yield (file, function or class, its direct code) of all code, innermost scopes only once."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text())
            for scope in ast.walk(tree):
                if isinstance(scope, ast.FunctionDef | ast.ClassDef):
                    yield str(path.relative_to(ROOT)), scope


def starts():
    """Return (file, function) of each place that makes a thread without supervision."""
    return {
        (path, scope.name)
        for path, scope in scopes()
        if isinstance(scope, ast.FunctionDef)
        for call in ast.walk(scope)
        if isinstance(call, ast.Call) and name_of(call.func) in STARTS
    }


def thread_classes():
    """Return {class: file and code} of each thread that is made by inheritance, the scheduler's included."""
    return {
        scope.name: (path, scope)
        for path, scope in scopes()
        if isinstance(scope, ast.ClassDef)
        and {"Thread", "BackgroundScheduler"} & {name_of(base) for base in scope.bases}
    }


def test_each_thread_is_supervised_or_short_lived():
    assert starts() == set(SHORT_LIVED), "start it by supervised_thread or watched_thread, or say here why not"


def test_the_walk_sees_the_threads_that_there_are():
    assert {"BlockingQuery", "ConsistencyProbe", "Control", "_Scheduler"} <= thread_classes().keys()


@pytest.mark.parametrize("name", thread_classes())
def test_a_thread_by_inheritance_keeps_running(name):
    path, scope = thread_classes()[name]
    loops = [part for part in scope.body if isinstance(part, ast.FunctionDef) and part.name in {"run", "_main_loop"}]
    calls = [name_of(call.func) for loop in loops for call in ast.walk(loop) if isinstance(call, ast.Call)]
    assert "keep_running" in calls, f"{path}: {name} does its work without keep_running"


def test_no_scheduler_goes_without_supervision():
    made = {
        (path, scope.name)
        for path, scope in scopes()
        for call in ast.walk(scope)
        if isinstance(call, ast.Call) and name_of(call.func) in {"BackgroundScheduler", "BlockingScheduler"}
    }
    assert made == set(), "make a class of it whose `_main_loop` keeps running"
