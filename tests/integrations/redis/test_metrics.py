"""The catalogue of metrics beside the pages of real servers: master, replica, append-only file, cluster, sentinel."""

import pytest

from integrations.redis.protocol import ReplyError
from tests.integrations.pages import assert_catalogue_is


def pages(program, start_server, wait_until):
    """Yield the pages of the servers of one program, once each has something to tell."""
    threads = ["io-threads 2"] if program == "valkey-9" else []
    master = start_server('save ""', *threads, program=program)
    with pytest.raises(ReplyError, match="unknown command"):
        master.call("NONSENSE")
    master.call("SET", "a", "1", "EX", "1000")
    replica = start_server('save ""', f"replicaof 127.0.0.1 {master.port}", program=program)
    saved = start_server("appendonly yes", "latency-monitor-threshold 1", program=program)
    saved.call("EVAL", "local n = 0; while n < 20000000 do n = n + 1 end", "0")
    member = start_server("cluster-enabled yes", 'save ""', program=program)
    sentinel = start_server(f"sentinel monitor shop 127.0.0.1 {master.port} 1", program=program)
    wait_until(lambda: 'slave_state="online"' in master.page(), what="the replica")
    wait_until(lambda: "redis_sentinel_master_ok_slaves" in sentinel.page(), what="the master")
    wait_until(lambda: "redis_latency_spike_last{" in saved.page(), what="a slow event")
    yield from (server.page() for server in (master, replica, saved, member, sentinel))


@pytest.mark.integration
def test_the_catalogue_is_what_real_servers_tell(start_server, wait_until):
    programs = ("valkey-9", "redis-6")
    texts = [page for program in programs for page in pages(program, start_server, wait_until)]
    assert_catalogue_is("redis", texts)
