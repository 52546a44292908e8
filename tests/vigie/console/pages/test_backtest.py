"""The page of one alert's back-test."""

import pytest

from tests.alerting.backtest.history_blocks import start_with
from vigie.console.data import backtests

RULE = """
groups:
  - name: disk
    rules:
      - alert: DiskFull
        expr: |
          100 * node_filesystem_avail_bytes / node_filesystem_size_bytes < on (dc, instance) group_left () (
            vigie:threshold{alert="DiskFull"}
            or on (dc, instance) 3 * group by (dc, instance) (node_filesystem_size_bytes)
          )
        for: 2m
        labels: {severity: critical}
      - alert: AlwaysQuiet
        expr: up > 5
"""


@pytest.fixture
def url(serve, start_program, tmp_path):
    prometheus, _ = start_with(start_program, tmp_path, {"disk.rules.yml": RULE})
    return serve(prometheus=prometheus.url).url + "/backtest/"


@pytest.mark.integration
def test_shows_when_an_alert_would_have_fired_once_somebody_asks(url, get):
    form = get(url + "DiskFull").text
    assert "Another limit (percent)" in form
    assert "It would have fired" not in form
    shown = get(url + "DiskFull?days=1").text
    assert "It would have fired" in shown
    assert "<td>inbox</td>" in shown
    assert "device=/dev/sda1" in shown
    changed = get(url + "DiskFull?days=1&limit=0").text
    assert "It would have fired never. With today's limits:" in changed
    assert "<td>no longer</td>" in changed
    quiet = get(url + "AlwaysQuiet?days=1&limit=3").text
    assert "It would have fired never." in quiet
    assert "Another limit" not in quiet
    wrong = get(url + "DiskFull?days=1&limit=many").text
    assert 'role="alert">DiskFull=many: expected percent from 0 to 100' in wrong
    assert get(url + "NoSuchAlert").status_code == 404


@pytest.mark.integration
def test_what_takes_too_long_is_given_up(url, get, monkeypatch):
    monkeypatch.setattr(backtests, "LONGEST_SECONDS", -1.0)
    assert "the back-test takes longer than" in get(url + "DiskFull?days=7").text


def test_without_prometheus_the_error_is_told(serve, get):
    text = get(serve().url + "/backtest/DiskFull?days=7").text
    assert "Prometheus at 127.0.0.1:9 refuses connections" in text
    assert "It would have fired" not in text
