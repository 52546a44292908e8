"""Rule files that are no longer declared, against a real Prometheus."""

import pytest
import requests

from alerting.delivery.prometheus import Prometheus
from alerting.delivery.rule_files import RuleFiles
from tests.alerting.delivery.conftest import ONCE, promtool, rule
from tests.alerting.delivery.test_rule_files import loaded
from vigie.core.settings import PrometheusAccess
from vigie.reconcile.prune import find as find_orphans
from vigie.reconcile.prune import prune

pytestmark = pytest.mark.integration


def resources(server, texts, prometheus):
    return [RuleFiles(texts, server.rules, prometheus, promtool)]


def test_prune_takes_away_our_files_alone_and_reloads(server, deliver):
    deliver({"vigie-a.yml": rule("a"), "vigie-b.yml": rule("b")})
    (server.rules / "others.yml").write_text(rule("c"))
    requests.post(server.url + "/-/reload", timeout=20).raise_for_status()
    with Prometheus(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        declared = resources(server, {"vigie-a.yml": rule("a")}, prometheus)
        assert [change.key for change in find_orphans(declared, ONCE)] == ["vigie-b.yml"]
        assert [result.outcome for result in prune(declared, ONCE, list)] == ["done"]
        assert find_orphans(declared, ONCE) == []
    assert loaded(server) == ["a", "c"]
    assert sorted(path.name for path in server.rules.iterdir()) == ["others.yml", "vigie-a.yml"]


def test_a_deletion_that_was_killed_before_the_reload_is_finished_by_the_next(server, deliver):
    deliver({"vigie-a.yml": rule("a"), "vigie-b.yml": rule("b")})
    (server.rules / "vigie-b.yml").unlink()
    with Prometheus(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        declared = resources(server, {"vigie-a.yml": rule("a")}, prometheus)
        assert [result.outcome for result in prune(declared, ONCE, list)] == ["done"]
    assert loaded(server) == ["a"]


def test_what_prometheus_reads_from_elsewhere_is_said(start_prometheus):
    server = start_prometheus(
        "rule_files: ['{folder}/vigie-*.yml', '{folder}/rules/*.yml']\n", files={"vigie-x.yml": rule("x")}
    )
    server.rules = server.folder / "rules"
    server.rules.mkdir()
    with Prometheus(PrometheusAccess(url=(server.url,)), 20) as prometheus:
        [result] = prune(resources(server, {}, prometheus), ONCE, list)
    assert result.outcome == "failed"
    assert "still reads vigie-x.yml" in result.message
