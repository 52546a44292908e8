"""Our check beside the real postgres_exporter, both asking the same real server."""

import re

import pytest
import requests

pytestmark = pytest.mark.integration
SAMPLE = re.compile(r"^(pg_[a-z0-9_]+(?:\{.*\})?) (\S+)$", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (pg_\S+) (\S+)$", re.MULTILINE)
LABEL = re.compile(r'\w+="(?:[^"\\]|\\.)*"')
# Of the exporter itself, not of the server.
OF_THE_EXPORTER = re.compile(r"pg_exporter_|pg_scrape_collector_duration_seconds")
# What asking itself changes, or the session that asks, or what goes by the clock.
MOVING = re.compile(
    r"pg_(stat_database_(active_time|blk|tup|xact|numbackends|temp)|stat_activity|stat_bgwriter_buffers_alloc|locks"
    r"|settings_(extra_float_digits|client_connection)|long_running_transactions|replication_last_replay|statio_"
    r"|stat_checkpointer|stat_bgwriter_(buffers|checkpoint)|stat_wal_receiver_la(st_msg|test)|stat_replication_reply_time"
    r"|stat_user_tables_(seq|idx)|wal_|database_size)"
)
# 0.19 shows a part as a success on servers that do not have what it asks for.
OF_NEWER_SERVERS = 'pg_scrape_collector_success{collector="stat_checkpointer"}'


def read(page):
    """Return types by family and values by series, without what is the exporter's; labels in the order of names."""
    types = {name: kind for name, kind in TYPE.findall(page) if not OF_THE_EXPORTER.match(name)}
    series = {in_order(name): float(value) for name, value in SAMPLE.findall(page) if not OF_THE_EXPORTER.match(name)}
    return types, series


def in_order(series):
    """Return a series with its labels in order; empty ones are as good as none.

    0.19 puts the process into the label of the slot, where the view that it asks has the slot's name.
    """
    name, _, labels = series.partition("{")
    if name.startswith("pg_stat_replication_"):
        labels = re.sub(r'slot_name="[^"]*"', "", labels)
    return name + "{" + ",".join(sorted(label for label in LABEL.findall(labels) if not label.endswith('=""'))) + "}"


def test_primary_and_replica(pair, start_peer):
    for server in pair:
        peer_url = start_peer(server)
        for _ in range(2):  # so that each has counted what it asks
            requests.get(f"{peer_url}/metrics", timeout=10)
            server.page()
        peer_types, peer = read(requests.get(f"{peer_url}/metrics", timeout=10).text)
        types, ours = read(server.page())
        assert types == peer_types
        assert len(types) > 300
        standing = {name for name in peer if not MOVING.match(name)} - {OF_NEWER_SERVERS}
        assert standing - ours.keys() == set()
        assert len(standing) > 300
        different = {
            name: (ours[name], peer[name]) for name in standing if ours[name] != pytest.approx(peer[name], nan_ok=True)
        }
        assert different == {}
        assert {name for name in ours if name not in peer and not MOVING.match(name)} == set()


def test_what_moves_has_the_same_series(pair, start_peer):
    for server in pair:
        _, peer = read(requests.get(f"{start_peer(server)}/metrics", timeout=10).text)
        _, ours = read(server.page())
        sessions = re.compile("pg_stat_activity_")  # each sees the other's
        moving = {name for name in peer if MOVING.match(name) and not sessions.match(name)}
        assert moving - ours.keys() == set()
        assert {name for name in ours if MOVING.match(name) and not sessions.match(name)} == moving
