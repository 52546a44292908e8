"""Our check beside the real mysqld_exporter, both asking the same real server."""

import re

import pytest
import requests

pytestmark = pytest.mark.integration
SAMPLE = re.compile(r"^(mysql_[a-z0-9_]+(?:\{.*\})?) (\S+)$", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (mysql_\S+) (\S+)$", re.MULTILINE)
LABEL = re.compile(r'\w+="(?:[^"\\]|\\.)*"')
# A plugin of Percona's and MariaDB's, off by default, which we do not ask; and how long each took.
LEFT_OUT = re.compile(r"mysql_exporter_collector_(success\{.*query_response_time|duration_seconds)")
# What asking itself changes, and what goes by the clock.
MOVING = re.compile(r"mysql_global_status_|mysql_slave_status_(slave_received_heartbeats|gtid)")


def read(page):
    """Return types by family and values by series; labels in the order of their names, without empty ones."""
    series = {in_order(name): float(value) for name, value in SAMPLE.findall(page) if not LEFT_OUT.match(name)}
    return dict(TYPE.findall(page)), series


def in_order(series):
    name, _, labels = series.partition("{")
    return name + "{" + ",".join(sorted(label for label in LABEL.findall(labels) if not label.endswith('=""'))) + "}"


def test_source_and_replica(pair, start_peer):
    for server in pair:
        peer_url = start_peer(server)
        for _ in range(2):  # so that each has counted what it asks
            requests.get(f"{peer_url}/metrics", timeout=10)
            server.page()
        peer_types, peer = read(requests.get(f"{peer_url}/metrics", timeout=10).text)
        types, ours = read(server.page())
        assert types == peer_types
        assert len(types) > 600
        assert ours.keys() == peer.keys()
        standing = {name for name in peer if not MOVING.match(name)}
        assert len(standing) > 400
        assert {name: (ours[name], peer[name]) for name in standing if ours[name] != pytest.approx(peer[name])} == {}
        # What the server counts is nearly the same a moment later.
        near = [name for name in peer.keys() - standing if ours[name] == pytest.approx(peer[name], rel=0.5, abs=50)]
        assert len(near) > 0.95 * len(peer.keys() - standing)
