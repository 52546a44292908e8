"""The catalogue of metrics beside the pages of real servers: primary and replica, of the oldest and newest version."""

import re

import pytest

from tests.integrations.postgresql.servers import SUITES
from vigie.core.builtin import builtin
from vigie.core.integrations.metrics import read_metrics

METRICS = {metric.name: metric for metric in read_metrics(builtin("integrations", "postgresql"))}
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)


@pytest.mark.integration
def test_the_catalogue_is_what_real_servers_tell(pair_of, wait_until):
    primary, _ = pair_of("newest")

    def page_in_vacuum():
        page = primary.page()
        return page if "pg_stat_progress_vacuum_phase{" in page else ""

    with primary.connect() as vacuuming:
        vacuuming.ask(
            ["DELETE FROM goods WHERE id % 2 = 0", "SET vacuum_cost_delay = 100", "SET vacuum_cost_limit = 1"]
        )
        vacuuming.send_statements("VACUUM goods")
        told = dict(TYPE.findall(wait_until(page_in_vacuum, what="a vacuum")))
    for age in SUITES:
        for server in pair_of(age):
            told |= dict(TYPE.findall(server.page()))
    assert {name: kind for name, kind in told.items() if name not in METRICS} == {}, "expected it in metrics.txt"
    assert {name: METRICS[name].kind for name in told} == told
    expected = {name for name, metric in METRICS.items() if not metric.is_recorded}
    assert expected - told.keys() == set(), "expected `recorded:` before the text of what no server tells"
    assert told.keys() - expected == set(), "it is told: expected no `recorded:`"
