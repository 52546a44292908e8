"""Rule files against a real Prometheus and promtool."""

import fcntl
import os
import stat
from pathlib import Path

import pytest
import requests

from alerting.delivery.prometheus import Prometheus
from alerting.delivery.rule_files import RuleFiles
from tests.alerting.delivery.conftest import ONCE, RULE_FILES, promtool, rule
from vigie.core.errors import TransientError
from vigie.core.settings import PrometheusAccess
from vigie.reconcile.apply import apply
from vigie.reconcile.plan import plan
from vigie.stack.servers import find

pytestmark = pytest.mark.integration


def lenient():
    """A promtool that accepts everything, as an older one may accept what Prometheus refuses."""
    return Path("/bin/true")


def actions(server, texts):
    with Prometheus(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        return [change.action for change in plan([RuleFiles(texts, server.rules, prometheus, promtool)], ONCE)]


def loaded(server):
    groups = requests.get(server.url + "/api/v1/rules", timeout=20).json()["data"]["groups"]
    return sorted(group["name"] for group in groups)


def last_reload(server):
    with Prometheus(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        return prometheus.last_reload()


def traces(server):
    file = (server.rules / "vigie-a.yml").stat()
    return last_reload(server), file.st_ino, file.st_ctime_ns, server.rules.stat().st_mtime_ns


def outcomes(results):
    return [(result.change.key, result.outcome) for result in results]


def test_delivers_and_reloads(server, deliver):
    results = deliver({"vigie-a.yml": rule("a"), "vigie-b.yml": rule("b")})
    assert outcomes(results) == [("vigie-a.yml", "done"), ("vigie-b.yml", "done")]
    assert loaded(server) == ["a", "b"]
    assert sorted(path.name for path in server.rules.iterdir()) == ["vigie-a.yml", "vigie-b.yml"]


def test_second_time_writes_and_reloads_nothing(server, deliver):
    texts = {"vigie-a.yml": rule("a")}
    deliver(texts)
    before = traces(server)
    assert deliver(texts) == []
    assert traces(server) == before


def test_leaves_other_peoples_files_alone(server, deliver):
    (server.rules / "other.yml").write_text(rule("other"))
    (server.rules / "vigie-older.yml").write_text(rule("older"))
    deliver({"vigie-a.yml": rule("a")})
    assert loaded(server) == ["a", "older", "other"]
    assert (server.rules / "other.yml").read_text() == rule("other")


def test_repairs_what_was_changed_by_hand(server, deliver):
    texts = {"vigie-a.yml": rule("a"), "vigie-b.yml": rule("b")}
    deliver(texts)
    (server.rules / "vigie-b.yml").write_text(rule("mine"))
    assert actions(server, texts) == ["unchanged", "update"]
    assert outcomes(deliver(texts)) == [("vigie-b.yml", "done")]
    assert loaded(server) == ["a", "b"]


def test_moves_nothing_that_promtool_refuses(server, deliver):
    deliver({"vigie-a.yml": rule("a")})
    before = last_reload(server)
    results = deliver({"vigie-a.yml": rule("better"), "vigie-b.yml": rule("b", "rate(up)")})
    assert outcomes(results) == [("vigie-a.yml", "failed"), ("vigie-b.yml", "failed")]
    assert "promtool refuses the rules" in results[0].message
    assert "expected type range vector" in results[0].message
    assert (server.rules / "vigie-a.yml").read_text() == rule("a")
    assert not (server.rules / "vigie-b.yml").exists()
    assert last_reload(server) == before


def test_refused_reload_brings_the_previous_files_back_and_loads_them(server, deliver):
    deliver({"vigie-a.yml": rule("a")})
    before = last_reload(server)
    results = deliver({"vigie-a.yml": rule("a", "rate(up)"), "vigie-b.yml": rule("b")}, lenient)
    assert {result.outcome for result in results} == {"failed"}
    assert "/-/reload answers with an error of its own (500" in results[0].message
    assert "the previous rule files are back and loaded" in results[0].message
    assert [path.name for path in server.rules.iterdir()] == ["vigie-a.yml"]
    assert loaded(server) == ["a"]
    after = last_reload(server)
    assert after.successful
    assert after.success_timestamp_seconds > before.success_timestamp_seconds


class Idle(Prometheus):
    """Takes the order to reload and does nothing."""

    def reload(self):
        pass


class Interrupted(Prometheus):
    """Ctrl-C arrives while the first reload is waited for."""

    interrupted = False

    def reload(self):
        if not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt
        super().reload()


def test_does_not_believe_a_reload_that_left_no_trace(server, deliver):
    deliver({"vigie-a.yml": rule("a")})
    with Idle(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        resource = RuleFiles({"vigie-a.yml": rule("a", "vector(2)")}, server.rules, prometheus, promtool)
        [result] = apply([resource], ONCE)
    assert "did not load the new rule files" in result.message
    assert (server.rules / "vigie-a.yml").read_text() == rule("a")


def test_an_interrupt_leaves_the_previous_files(server, deliver):
    deliver({"vigie-a.yml": rule("a")})
    with Interrupted(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        resource = RuleFiles({"vigie-a.yml": rule("better")}, server.rules, prometheus, promtool)
        with pytest.raises(KeyboardInterrupt):
            list(apply([resource], ONCE))
    assert loaded(server) == ["a"]
    assert [path.name for path in server.rules.iterdir()] == ["vigie-a.yml"]


def test_others_can_read_the_files_whatever_the_umask(server, deliver):
    before = os.umask(0o077)
    try:
        deliver({"vigie-a.yml": rule("a")})
    finally:
        os.umask(before)
    assert stat.S_IMODE((server.rules / "vigie-a.yml").stat().st_mode) == 0o644


def test_waits_its_turn(server, deliver):
    descriptor = os.open(server.rules, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        [result] = deliver({"vigie-a.yml": rule("a")})
    finally:
        os.close(descriptor)
    assert "another delivery is under way" in result.message
    assert outcomes(deliver({"vigie-a.yml": rule("a")})) == [("vigie-a.yml", "done")]


def test_says_how_to_allow_reloads(server, start_program):
    command = [find("prometheus").path, "--config.file={folder}/p.yml", "--storage.tsdb.path={folder}/data"]
    config = RULE_FILES.replace("{folder}", str(server.folder))
    running = start_program([*command, "--web.listen-address=127.0.0.1:{port}"], "/-/ready", files={"p.yml": config})
    with Prometheus(PrometheusAccess(url=(running.url,)), 20) as prometheus:
        [result] = apply([RuleFiles({"vigie-a.yml": rule("a")}, server.rules, prometheus, promtool)], ONCE)
    assert "start it with --web.enable-lifecycle" in result.message
    assert list(server.rules.iterdir()) == []


def test_says_so_when_the_fault_lies_in_another_file(server, deliver):
    (server.rules / "other.yml").write_text("groups: nonsense\n")
    [result] = deliver({"vigie-a.yml": rule("a")})
    assert "refused as well, so the fault is not ours" in result.message
    assert not (server.rules / "vigie-a.yml").exists()


def test_finishes_a_delivery_that_was_killed_before_the_reload(server, deliver):
    texts = {"vigie-a.yml": rule("a")}
    deliver(texts)
    texts = {"vigie-a.yml": rule("a", "vector(2)")}
    (server.rules / "vigie-a.yml").write_text(texts["vigie-a.yml"])
    staging = server.rules / ".vigie-killed"
    staging.mkdir()
    (staging / "vigie-a.yml.previous").write_text(rule("a"))
    assert outcomes(deliver(texts)) == [("vigie-a.yml", "done")]
    assert not staging.exists()
    assert actions(server, texts) == ["unchanged"]


def test_says_so_when_prometheus_does_not_read_the_folder(server, deliver):
    (server.folder / "prometheus.yml").write_text("rule_files: []\n")
    for _ in range(2):
        [result] = deliver({"vigie-a.yml": rule("a")})
        assert result.outcome == "failed"
        assert f"its rule_files need the entry {server.rules}/*.yml" in result.message


def test_says_so_when_the_folder_is_missing(server, deliver):
    server.rules.rmdir()
    [result] = deliver({"vigie-a.yml": rule("a")})
    assert str(server.rules) in result.message
    assert "No such file or directory" in result.message


def test_does_not_show_credentials_of_the_url(server, free_port):
    with Prometheus(PrometheusAccess(url=(f"http://user:not-a-real-secret@127.0.0.1:{free_port()}",)), 5) as prometheus:
        with pytest.raises(TransientError) as caught:
            plan([RuleFiles({"vigie-a.yml": rule("a")}, server.rules, prometheus, promtool)], ONCE)
        assert "127.0.0.1" in str(caught.value)
        assert "not-a-real-secret" not in str(caught.value)
