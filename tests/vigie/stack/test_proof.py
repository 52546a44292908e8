"""The proof does not take an old sample, a broken rule or a missing server for a chain."""

import time

import pytest

from vigie.stack import proof


def rules(*healths):
    return {"data": {"groups": [{"rules": [{"health": health} for health in healths]}]}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(rules("ok", "unknown"), True), (rules(), False), (rules("ok", "err"), False), (None, False)],
)
def test_rules_are_loaded_when_there_are_some_and_none_fails(answer, expected):
    assert proof.has_rules(answer) is expected


def test_only_our_alertmanager_counts():
    answer = {"data": {"activeAlertmanagers": [{"url": "http://127.0.0.1:9093/api/v2/alerts"}]}}
    assert proof.is_connected(answer, "127.0.0.1:9093")
    assert not proof.is_connected(answer, "127.0.0.1:9094")
    assert not proof.is_connected(None, "127.0.0.1:9093")


def test_a_cluster_counts_once_it_is_settled_and_whole():
    peers = [{"name": "a"}, {"name": "b"}]
    assert proof.has_peers({"cluster": {"status": "ready", "peers": peers}}, 2)
    assert not proof.has_peers({"cluster": {"status": "settling", "peers": peers}}, 2)
    assert not proof.has_peers({"cluster": {"status": "ready", "peers": peers[:1]}}, 2)
    assert not proof.has_peers({"cluster": {"status": "disabled"}}, 2)
    assert not proof.has_peers(None, 2)


def test_nobody_there_is_no_answer(free_port):
    url = f"http://127.0.0.1:{free_port()}/"
    assert proof.get_json(url) is None
    assert proof.query(url, "up") == []
    assert not proof.answers(url)


@pytest.mark.integration
def test_a_sample_from_before_the_start_proves_nothing(start_prometheus, wait_until):
    config = """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs: [{job_name: prometheus, static_configs: [{targets: ["127.0.0.1:{port}"]}]}]
    """
    prometheus = start_prometheus(config)
    selector = 'up{job="prometheus"}'
    wait_until(lambda: proof.has_fresh(prometheus.url, f"{selector} == 1", selector, time.time() - 60))
    (prometheus.folder / "prometheus.yml").write_text("scrape_configs: []")
    prometheus.stop()
    restarted = time.time()
    prometheus.start()
    assert proof.get_json(f"{prometheus.url}/api/v1/query?query=up")["data"]["result"], (
        "the old sample is still answered"
    )
    assert not proof.has_fresh(prometheus.url, f"{selector} == 1", selector, restarted)
