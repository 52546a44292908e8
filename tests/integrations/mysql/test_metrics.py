"""The catalogue of metrics beside the pages of real servers: source and replica of each kind."""

import re

import pytest

from tests.integrations.mysql.servers import KINDS
from vigie.core.builtin import builtin
from vigie.core.integrations.metrics import read_metrics

METRICS = {metric.name: metric for metric in read_metrics(builtin("integrations", "mysql"))}
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)


@pytest.mark.integration
def test_the_catalogue_is_what_real_servers_tell(pair_of):
    told: dict[str, str] = {}
    for kind in KINDS:
        for server in pair_of(kind):
            told |= dict(TYPE.findall(server.page()))
    assert {name: kind for name, kind in told.items() if name not in METRICS} == {}, "expected it in metrics.txt"
    assert {name: METRICS[name].kind for name in told} == told
    expected = {name for name, metric in METRICS.items() if not metric.is_recorded}
    assert expected - told.keys() == set(), "expected `recorded:` before the text of what no server tells"
    assert told.keys() - expected == set(), "it is told: expected no `recorded:`"
