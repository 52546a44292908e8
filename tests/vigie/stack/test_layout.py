"""Members of a kind have names and ports of their own, and those of a pair know each other."""

from pathlib import Path

import pytest

from vigie.core.errors import UsageProblemError
from vigie.stack import layout
from vigie.stack.settings import Settings


def made(servers=(), **settings):
    return layout.Layout(Settings(**settings), Path("/stack"), dict.fromkeys(servers), "web-1")


def test_every_port_is_moved_and_grafanas_counts_only_when_it_runs():
    one = made(port_offset=1000)
    assert one.ports()["consul_port"] == 9500
    assert one.url("prometheus") == "http://127.0.0.1:10090"
    assert "grafana_port" not in one.ports()
    assert "victoria_metrics_port" not in one.ports()
    assert made(["grafana"], port_offset=1000).ports()["grafana_port"] == 4000


def test_one_of_each_without_ha():
    one = made()
    assert one.members("consul") == ("consul",)
    assert one.pair("prometheus") == ("prometheus",)
    assert one.addresses("alertmanager") == ["127.0.0.1:9093"]


def test_pairs_with_ha():
    one = made(ha=True)
    assert one.members("consul") == ("consul", "consul-2", "consul-3")
    assert one.addresses("consul", "serf") == ["127.0.0.1:8301", "127.0.0.1:8351", "127.0.0.1:8401"]
    assert one.address("victoria-metrics") == "127.0.0.1:8428"
    assert one.ports()["alertmanager_cluster_2_port"] == one.port("alertmanager-2", "cluster") == 9144
    assert one.ports()["consul_server_3_port"] == 8400


def test_a_shard_is_a_pair():
    one = made(ha=True, shards=2)
    assert one.pair("prometheus-4") == ("prometheus-3", "prometheus-4")
    assert [one.shard(name) for name in one.members("discovery")] == [0, 0, 1, 1]


def test_no_port_is_given_twice_even_with_all_there_can_be():
    ports = made(["grafana"], ha=True, shards=4).ports()
    assert len(set(ports.values())) == len(ports) > 30


def test_shards_are_pairs_so_they_need_them():
    with pytest.raises(UsageProblemError, match="--shards 2 needs --ha"):
        layout.layout(Settings(shards=2), {})
