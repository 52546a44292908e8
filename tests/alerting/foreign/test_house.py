"""Foreign rule files beside the alerts of integrations: what both have is a warning."""

import pytest

from alerting.declarations.foreign_rules import ForeignRules
from vigie.core.promql import catalogue
from vigie.reconcile.declaration import Inputs

THEIRS = "groups: [{name: theirs, rules: [{alert: RedisDown, expr: up == 0}]}]\n"


@pytest.mark.parametrize("overridden", ["", "RedisSaveFailed: off\n"])
def test_an_alert_of_an_integration_is_ours(tmp_path, overridden):
    (tmp_path / "rules" / "foreign").mkdir(parents=True)
    (tmp_path / "rules" / "foreign" / "theirs.yml").write_text(THEIRS)
    if overridden:
        (tmp_path / "rules" / "overrides.yml").write_text(overridden)
    problems = [str(problem) for problem in ForeignRules().problems(Inputs(tmp_path), catalogue.load())]
    named = [problem for problem in problems if "RedisDown: this alert is also in integration-redis.yml" in problem]
    assert len(named) == 1, problems
