import threading
import time

import pytest

from exporter.base.check import Server
from exporter.integrations.checks import Checks
from exporter.integrations.targets import CheckTarget, LoginFile
from vigie.core.integrations.catalogue import read_catalogue

MANIFEST = "name: {name}\ntitle: T\ncheck: {{port: 7000}}\n"
CHECK = """
import time
from exporter.base.check import DeniedError

class Check:
    denied_retry_seconds = 60.0
    calls = 0

    def page_when_down(self):
        return b"thing_up 0\\n"

    def read(self, server, login, timeout_seconds):
        Check.calls += 1
        {body}
        return b"thing_up 1\\n"
"""
STATE = 'vigie_integration_state{integration="%s",state="%s"} 1\n'


def said(capsys):
    """Return what was logged."""
    return capsys.readouterr().out


@pytest.fixture
def make_target(tmp_path):
    """Return `make_target(name, body)`: a target whose check runs the statement `body`."""

    def make_target(name, body="pass", login=LoginFile()):  # noqa: B008 - a frozen value
        folder = tmp_path / name
        folder.mkdir()
        (folder / "integration.yml").write_text(MANIFEST.format(name=name))
        (folder / "check.py").write_text(CHECK.format(body=body))
        integration = read_catalogue(tmp_path).integrations[name]
        return CheckTarget(f"{name}:7000", integration, Server("127.0.0.1", 7000), login)

    return make_target


def calls_of(checks, name):
    return vars(type(checks._slots[name].check))["calls"]


def checks_of(*targets, deadline_seconds=5.0, max_checks=4):
    known = {target.name: target for target in targets}
    return Checks(lambda: known, deadline_seconds, max_checks)


def test_a_server_that_answers(make_target):
    checks = checks_of(make_target("fine"))
    page = checks.page_of("fine:7000").decode()
    assert page.startswith("thing_up 1\n")
    assert STATE % ("fine", "ok") in page
    assert 'vigie_integration_targets{state="ok"} 1\n' in checks.page().decode()
    assert checks.page_of("other:7000") is None


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("raise DeniedError('no')", "denied"),
        ("raise ConnectionRefusedError(111, 'refused')", "unreachable"),
        ("raise TimeoutError", "timeout"),
        ("raise ValueError('what is this')", "invalid"),
        ("[][1]", "invalid"),
        ("raise RuntimeError('a mistake')", "error"),
    ],
)
def test_each_failure_has_its_state(make_target, body, state):
    name = f"case-{state}-{len(body)}"
    page = checks_of(make_target(name, body)).page_of(f"{name}:7000").decode()
    assert page.startswith("thing_up 0\n")
    assert STATE % (name, state) in page


def test_a_refused_login_is_not_tried_again_at_each_scrape(make_target):
    target = make_target("denied", "raise DeniedError('no')")
    checks = checks_of(target)
    pages = [checks.page_of(target.name).decode() for _ in range(5)]
    assert all(STATE % ("denied", "denied") in page for page in pages)
    assert calls_of(checks, target.name) == 1


def test_a_password_file_that_is_missing_is_denied_and_named(make_target, tmp_path, capsys):
    target = make_target("secret", login=LoginFile("monitor", tmp_path / "absent"))
    assert STATE % ("secret", "denied") in checks_of(target).page_of(target.name).decode()
    assert str(tmp_path / "absent") in said(capsys)


def test_a_check_that_hangs_is_left_alone_and_the_others_go_on(make_target):
    hanging, fine = make_target("hanging", "time.sleep(3)"), make_target("beside")
    checks = checks_of(hanging, fine, deadline_seconds=0.2)
    threads = threading.active_count()
    for _ in range(5):
        assert STATE % ("hanging", "timeout") in checks.page_of(hanging.name).decode()
    assert threading.active_count() <= threads + 1
    assert STATE % ("beside", "ok") in checks.page_of(fine.name).decode()


def test_at_most_so_many_run_at_once(make_target):
    slow = [make_target(f"slow-{number}", "time.sleep(0.5)") for number in range(3)]
    checks = checks_of(*slow, deadline_seconds=0.8, max_checks=1)
    pages = {}
    threads = [
        threading.Thread(target=lambda name=target.name: pages.update({name: checks.page_of(name).decode()}))
        for target in slow
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    states = [page.rpartition('state="')[2].partition('"')[0] for page in pages.values()]
    assert states.count("ok") < 3
    assert states.count("timeout") >= 1


def test_a_check_that_can_t_be_imported_costs_its_own_page(make_target):
    target = make_target("broken", "pass")
    (target.integration.folder / "check.py").write_text("import nothing_of_that_name\n")
    page = checks_of(target).page_of(target.name).decode()
    assert STATE % ("broken", "error") in page


def test_a_target_that_changed_is_made_anew(make_target):
    target = make_target("moved", "raise DeniedError('no')")
    known = {target.name: target}
    checks = Checks(lambda: known, 5.0, 4)
    checks.page_of(target.name)
    known[target.name] = target._replace(login=LoginFile("other"))
    checks.page_of(target.name)
    assert calls_of(checks, target.name) == 2
