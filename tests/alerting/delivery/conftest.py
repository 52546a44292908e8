"""A real Prometheus that reads a folder of rule files, and what delivers into it."""

import pytest

from alerting.delivery.prometheus import Prometheus
from alerting.delivery.rule_files import RuleFiles
from vigie.core.settings import PrometheusAccess
from vigie.reconcile.apply import apply
from vigie.reconcile.retry import Patience
from vigie.stack.servers import find

RULE = """groups:
  - name: {name}
    rules:
      - alert: {name}
        expr: {expression}
"""
RULE_FILES = "rule_files: ['{folder}/rules/*.yml']\n"
ONCE = Patience(attempts=1)


def rule(name, expression="vector(1)"):
    return RULE.format(name=name, expression=expression)


def promtool():
    return find("promtool").path


@pytest.fixture
def server(start_prometheus):
    running = start_prometheus(RULE_FILES)
    running.rules = running.folder / "rules"
    running.rules.mkdir()
    return running


@pytest.fixture
def deliver(server):
    def deliver(texts, find_promtool=promtool):
        with Prometheus(PrometheusAccess(url=(server.url,)), 20) as prometheus:
            return list(apply([RuleFiles(texts, server.rules, prometheus, find_promtool)], ONCE))

    return deliver
