"""A server that ends while rules are delivered is named, with its last words and its log."""

import sys
import time

import pytest

from vigie.core.errors import ProblemError
from vigie.stack.child import Child, Program
from vigie.stack.layout import Layout
from vigie.stack.settings import Settings
from vigie.stack.supervisor import Supervisor

SECONDS = 20
DIES = (sys.executable, "-c", "raise SystemExit('default.tmpl: no such file')")
LIVES = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def supervisor(tmp_path):
    """Return `supervisor(command, backoff)`: one whose only child, called alertmanager, runs the command."""
    children = []

    def supervisor(command, backoff_seconds=60.0):
        settings = Settings(restart_backoff=backoff_seconds, restart_backoff_max=backoff_seconds, stop_timeout=1.0)
        layout = Layout(settings, tmp_path, {}, "web-1")
        (tmp_path / "logs").mkdir()
        program = Program("alertmanager", command, "http://127.0.0.1:9", "/-/ready", "1", "test", tmp_path, {})
        child = Child(program, tmp_path / "logs/alertmanager.log", settings)
        child.start()
        children.append(child)
        made = Supervisor(layout, grafana=False, on_step=print, on_up=print)
        made._children.append(child)
        return made

    yield supervisor
    for child in children:
        child.stop()


def deliver(supervisor, code):
    supervisor._provision((sys.executable, "-c", code), time.monotonic() + SECONDS)


def test_a_failed_delivery_names_the_server_that_ended(supervisor):
    with pytest.raises(ProblemError) as caught:
        deliver(supervisor(DIES), "import time; time.sleep(1); raise SystemExit('Alertmanager refuses connections')")
    sentence = str(caught.value)
    assert "delivering the rules failed: Alertmanager refuses connections; see " in sentence
    assert "provision.log; alertmanager ended with exit code 1: default.tmpl: no such file; see " in sentence
    assert sentence.endswith("/logs/alertmanager.log")


def test_a_server_that_ends_again_and_again_is_not_waited_for(supervisor):
    began = time.monotonic()
    with pytest.raises(ProblemError, match=r"alertmanager does not start \(exit code 1\): default.tmpl: no such file"):
        deliver(supervisor(DIES, 0.01), "import time; time.sleep(60)")
    assert time.monotonic() - began < SECONDS


def test_a_failure_with_all_servers_up_names_none(supervisor):
    with pytest.raises(ProblemError) as caught:
        deliver(supervisor(LIVES), "raise SystemExit('a rule is wrong')")
    assert str(caught.value).endswith("provision.log")
