"""The catalogue of metrics beside the pages of real servers: master, replica, append-only file, cluster, sentinel."""

import re

import pytest

from integrations.redis.protocol import ReplyError
from vigie.core.builtin import builtin
from vigie.core.integrations.metrics import read_metrics

METRICS = {metric.name: metric for metric in read_metrics(builtin("integrations", "redis"))}
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)


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
    told = dict(pair for text in texts for pair in TYPE.findall(text))
    assert {name: kind for name, kind in told.items() if name not in METRICS} == {}, "expected it in metrics.txt"
    assert {name: METRICS[name].kind for name in told} == told
    expected = {name for name, metric in METRICS.items() if not metric.is_recorded}
    assert expected - told.keys() == set(), "expected `recorded:` before the text of what no server tells"
    assert told.keys() - expected == set(), "it is told: expected no `recorded:`"
