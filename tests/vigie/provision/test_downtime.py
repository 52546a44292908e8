"""A downtime in a real Alertmanager, and its annotation in Grafana (the stand-in)."""

import pytest
from click.testing import CliRunner

from tests.fixtures.grafana.stand_in import StandIn
from vigie.provision.downtime_command import downtime

TWO_HOURS = 7_200_000
ADD = ["add", "--match", "host=web-1", "--match", "job=node", "--for", "2h", "--comment", "new disk", "--by", "ada"]


@pytest.fixture
def grafana(monkeypatch):
    server = StandIn()
    monkeypatch.setenv("VIGIE_GRAFANA_TOKEN", "not-a-real-token")
    yield server
    server.stop()
    assert server.unknown == []


@pytest.mark.integration
def test_the_boards_show_a_downtime(grafana, start_alertmanager):
    reach = ["--alertmanager-url", start_alertmanager().url]
    done = CliRunner().invoke(downtime, [*ADD, *reach, "--grafana-url", grafana.url], catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    [annotation] = grafana.state.annotations
    assert annotation["text"] == "downtime by ada: new disk (host=web-1 job=node)"
    assert (annotation["tags"], annotation["timeEnd"] - annotation["time"]) == (["vigie", "downtime"], TWO_HOURS)

    listed = CliRunner().invoke(downtime, ["list", *reach], catch_exceptions=False)
    assert "host=web-1 job=node" in listed.output
    alone = CliRunner().invoke(downtime, [*ADD, *reach], catch_exceptions=False)
    assert (alone.exit_code, alone.stderr, len(grafana.state.annotations)) == (0, "", 1)

    grafana.is_away = True
    away = CliRunner().invoke(downtime, [*ADD, *reach, "--grafana-url", grafana.url], catch_exceptions=False)
    assert away.exit_code == 0
    assert "the downtime holds, but the boards don't show it: Grafana at" in away.stderr
