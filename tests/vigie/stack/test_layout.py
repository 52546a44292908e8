"""Members of a kind have names and ports of their own, and those of a pair know each other."""

from pathlib import Path

import pytest

from vigie.core.errors import UsageProblemError
from vigie.stack.layout import Layout, build_layout
from vigie.stack.settings import Settings


def make_layout(servers=(), **settings):
    return Layout(Settings(**settings), Path("/stack"), dict.fromkeys(servers), "web-1")


def test_every_port_is_moved_and_grafanas_counts_only_when_it_runs():
    layout = make_layout(port_offset=1000)
    assert layout.ports()["consul_port"] == 9500
    assert layout.url("prometheus") == "http://127.0.0.1:10090"
    assert "grafana_port" not in layout.ports()
    assert "victoria_metrics_port" not in layout.ports()
    assert make_layout(["grafana"], port_offset=1000).ports()["grafana_port"] == 4000


def test_one_of_each_without_ha():
    layout = make_layout()
    assert layout.members("consul") == ("consul",)
    assert layout.pair("prometheus") == ("prometheus",)
    assert layout.addresses("alertmanager") == ["127.0.0.1:9093"]


def test_pairs_with_ha():
    layout = make_layout(ha=True)
    assert layout.members("consul") == ("consul", "consul-2", "consul-3")
    assert layout.addresses("consul", "serf") == ["127.0.0.1:8301", "127.0.0.1:8351", "127.0.0.1:8401"]
    assert layout.address("victoria-metrics") == "127.0.0.1:8428"
    assert layout.ports()["alertmanager_cluster_2_port"] == layout.port("alertmanager-2", "cluster") == 9144
    assert layout.ports()["consul_server_3_port"] == 8400


def test_a_shard_is_a_pair():
    layout = make_layout(ha=True, shards=2)
    assert layout.pair("prometheus-4") == ("prometheus-3", "prometheus-4")
    assert [layout.shard(name) for name in layout.members("discovery")] == [0, 0, 1, 1]


def test_no_port_is_given_twice_even_with_all_there_can_be():
    ports = make_layout(["grafana"], ha=True, shards=4).ports()
    assert len(set(ports.values())) == len(ports) > 30


def test_shards_are_pairs_so_they_need_them():
    with pytest.raises(UsageProblemError, match="--shards 2 needs --ha"):
        build_layout(Settings(shards=2), {})
