"""Our check beside the real redis_exporter, both asking the same real server."""

import re

import pytest
import requests

pytestmark = pytest.mark.integration
SAMPLE = re.compile(r"^(redis_[^ ]+) (\S+)$", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (redis_\S+) (\S+)$", re.MULTILINE)
# Of the exporter itself, not of the server; and one of keys' groups, which is off by default.
OF_THE_EXPORTER = re.compile(r"redis_(exporter|target)_|redis_last_key_groups_scrape")
# It takes the fourth number of a database for KeyDB's cached keys, whatever its name is; Valkey's is another.
MISTAKEN = re.compile(r"redis_db_keys_cached")
# What asking itself changes, and what goes by the clock.
MOVING = re.compile(
    r"redis_(commands_|latency_percentiles|latency_spike|cpu_|net_|connections_received|total_(reads|writes)|io_threaded"
    r"|uptime|start_time|eventloop|instantaneous|allocator|mem|mem_|memory_|rss|connected_clients|client_recent"
    r"|db_avg_ttl|hz$|configured_hz|sentinel_master_last_ok_ping|expire_cycle|slowlog|last_slow|errors_total|total_error|unexpected_error|active_time|commandlog|reply_buffer)"
)
# redis_exporter asks for the command logs of Valkey only where `COMMAND INFO` names them; ours asks and remembers.
OURS_ALONE = re.compile(r"redis_commandlog_")


def is_of_the_server(name):
    return not OF_THE_EXPORTER.match(name) and not MISTAKEN.match(name)


def read(page):
    """Return types by family and values by series, of the server alone; labels in the order of their names."""
    types = {name: kind for name, kind in TYPE.findall(page) if is_of_the_server(name)}
    series = {in_order(name): float(value) for name, value in SAMPLE.findall(page) if is_of_the_server(name)}
    return types, series


def in_order(series):
    name, brace, labels = series.partition("{")
    return name + brace + ",".join(sorted(re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels)))


def without_empty(series):
    return {re.sub(r'\w+="",?', "", name): value for name, value in series.items()}


@pytest.mark.parametrize("program", ["valkey-9", "redis-6"])
def test_a_master_with_data_and_a_replica(start_server, start_peer, program, wait_until):
    master = start_server('save ""', program=program)
    replica = start_server('save ""', f"replicaof 127.0.0.1 {master.port}", program=program)
    master.call("SET", "a", "1", "EX", "1000")
    master.call("RPUSH", "list", *map(str, range(100)))
    wait_until(lambda: b"master_link_status:up" in replica.call("INFO", "replication"), what="the replica's link")
    for server in (master, replica):
        assert_equal(server, start_peer(server))
    assert "redis_master_link_up{" in replica.page()
    assert 'redis_connected_slave_lag_seconds{slave_ip="127.0.0.1"' in master.page()


def assert_equal(server, peer_url):
    """What both have is equal; what the server's own numbers can't be equal in has equal names."""
    for _ in range(2):  # so that each has counted the commands that it sends
        requests.get(f"{peer_url}/metrics", timeout=10)
        server.page()
    peer_types, peer = read(requests.get(f"{peer_url}/metrics", timeout=10).text)
    types, ours = read(server.page())
    assert {name: types.get(name) for name in peer_types} == peer_types
    ours, peer = without_empty(ours), without_empty(peer)
    buckets = re.compile(r"redis_(commands_latencies_usec_bucket|latency_percentiles_usec\{)")
    missing = [name for name in peer if name not in ours and not buckets.match(name)]
    assert missing == []
    standing = {name for name in peer if not MOVING.match(name)}
    assert len(standing) > 60
    different = {name: (ours[name], peer[name]) for name in standing if ours[name] != pytest.approx(peer[name])}
    assert different == {}
    extra = {name for name in ours if name not in peer and not MOVING.match(name) and not OURS_ALONE.match(name)}
    assert extra == set()


def test_a_cluster_s_member(start_server, start_peer):
    server = start_server("cluster-enabled yes", 'save ""')
    server.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    assert_equal(server, start_peer(server))
    assert "redis_cluster_slots_assigned 16384\n" in server.page()


def test_a_sentinel(start_server, start_peer, wait_until):
    master = start_server('save ""')
    sentinel = start_server(f"sentinel monitor shop 127.0.0.1 {master.port} 1")
    wait_until(lambda: 'redis_sentinel_master_status{master_name="shop"' in sentinel.page(), what="the master")
    assert_equal(sentinel, start_peer(sentinel))


def test_a_refused_command_is_not_sent_again(start_server):
    server = start_server('save ""', program="redis-6")
    server.page()
    errors = server.call("INFO", "errorstats")
    for _ in range(3):
        server.page()
    assert server.call("INFO", "errorstats") == errors
