"""The metrics of the check, as redis_exporter has them, and how a value of INFO is read."""

from functools import cache

from exporter.exposition.text import Family, Kind
from exporter.parsing.numbers import REAL
from integrations.redis.fields import PREFIX

WORDS = {"ok": 1.0, "true": 1.0, "err": 0.0, "fail": 0.0, "false": 0.0}
BY_COMMAND = ("cmd",)
OF_MASTER = ("master_host", "master_port")
OF_REPLICA = ("slave_ip", "slave_port", "slave_state")
OF_SENTINEL_MASTER = ("master_name", "master_address")


@cache
def plain(name: str, kind: Kind, source: str) -> Family:
    """Return the family of a number that the server tells without labels; `source` says where."""
    return Family(PREFIX + name, kind, f"Redis: {source}.")


def labelled(name: str, kind: Kind, text: str, labels: tuple[str, ...]) -> Family:
    """Return a family with labels."""
    return Family(PREFIX + name, kind, f"Redis: {text}.", labels)


def value_of(text: str) -> float | None:
    """Return a value of INFO as a number, None where it is none: `ok` is 1, `err` and `fail` are 0."""
    if text in WORDS:
        return WORDS[text]
    if REAL.fullmatch(text) is None:
        return None
    return float(text) if "." in text else int(text)


UP = Family("redis_up", "gauge", "Whether the server answered.")
SCRAPE_ERROR = labelled("exporter_last_scrape_error", "gauge", "whether the last check failed", ("err",))
SCRAPE_SECONDS = Family("redis_exporter_last_scrape_duration_seconds", "gauge", "How long the last check took.")
CONNECT_SECONDS = Family(
    "redis_exporter_last_scrape_connect_time_seconds", "gauge", "How long the last check's connection took."
)
START_TIME = Family("redis_start_time_seconds", "gauge", "When the server started, in seconds since 1970.")
INSTANCE_INFO = labelled(
    "instance_info",
    "gauge",
    "what the server says of itself",
    ("role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy", "tcp_port", "run_id",
     "process_id", "master_replid", "valkey_version", "valkey_release_stage"),
)  # fmt: skip
IO_THREAD = labelled("active_time_io_thread_seconds_total", "counter", "busy time of an I/O thread", ("thread",))
DB_KEYS = labelled("db_keys", "gauge", "keys of a database", ("db",))
DB_KEYS_EXPIRING = labelled("db_keys_expiring", "gauge", "keys of a database that expire", ("db",))
DB_KEYS_CACHED = labelled("db_keys_cached", "gauge", "keys of a database in KeyDB's storage", ("db",))
DB_AVERAGE_TTL = labelled("db_avg_ttl_seconds", "gauge", "average time to live of keys that expire", ("db",))
COMMANDS_TOTAL = labelled("commands_total", "counter", "calls of a command", BY_COMMAND)
COMMANDS_DURATION = labelled("commands_duration_seconds_total", "counter", "time spent in a command", BY_COMMAND)
COMMANDS_REJECTED = labelled("commands_rejected_calls_total", "counter", "calls refused before they ran", BY_COMMAND)
COMMANDS_FAILED = labelled("commands_failed_calls_total", "counter", "calls that failed while they ran", BY_COMMAND)
PERCENTILES = labelled("latency_percentiles_usec", "summary", "latency percentiles of a command", BY_COMMAND)
LATENCIES = labelled("commands_latencies_usec", "histogram", "latencies of a command", BY_COMMAND)
ERRORS = labelled("errors_total", "counter", "errors by their first word", ("err",))
MASTER_LINK_UP = labelled("master_link_up", "gauge", "whether the replica is connected to its master", OF_MASTER)
MASTER_LAST_IO = labelled("master_last_io_seconds_ago", "gauge", "since the master was last heard of", OF_MASTER)
MASTER_SYNC = labelled("master_sync_in_progress", "gauge", "whether the replica copies its master", OF_MASTER)
REPLICA_OFFSET = labelled("slave_repl_offset", "gauge", "the replica's own offset", OF_MASTER)
REPLICA_INFO = labelled("slave_info", "gauge", "what a replica says of itself", (*OF_MASTER, "read_only"))
CONNECTED_OFFSET = labelled("connected_slave_offset_bytes", "gauge", "offset of a connected replica", OF_REPLICA)
CONNECTED_LAG = labelled("connected_slave_lag_seconds", "gauge", "since a replica was last heard of", OF_REPLICA)
BUFFER_LIMIT = labelled(
    "config_client_output_buffer_limit_bytes", "gauge", "output buffer limit of a class of clients", ("class", "limit")
)
BUFFER_SECONDS = labelled(
    "config_client_output_buffer_limit_overcome_seconds",
    "gauge",
    "how long a class of clients may be over the soft limit",
    ("class", "limit"),
)
SPIKE_LAST = labelled("latency_spike_last", "gauge", "when an event was last slow", ("event_name",))
SPIKE_SECONDS = labelled("latency_spike_duration_seconds", "gauge", "how long it took then", ("event_name",))
SENTINEL_STATUS = labelled(
    "sentinel_master_status", "gauge", "whether a master is ok", (*OF_SENTINEL_MASTER, "master_status")
)
SENTINEL_REPLICAS = labelled("sentinel_master_slaves", "gauge", "replicas of a master", OF_SENTINEL_MASTER)
SENTINEL_SENTINELS = labelled("sentinel_master_sentinels", "gauge", "sentinels of a master", OF_SENTINEL_MASTER)
SENTINEL_OK_REPLICAS = labelled("sentinel_master_ok_slaves", "gauge", "replicas that answer", OF_SENTINEL_MASTER)
SENTINEL_OK_SENTINELS = labelled("sentinel_master_ok_sentinels", "gauge", "sentinels that answer", OF_SENTINEL_MASTER)
SENTINEL_QUORUM = labelled(
    "sentinel_master_ckquorum_status", "gauge", "whether a quorum can be reached", ("master_name", "message")
)
# What SENTINEL MASTERS tells of a master: the metric by the field, and what it is divided by.
SENTINEL_FIELDS = {
    "quorum": ("sentinel_master_setting_ckquorum", 1),
    "failover-timeout": ("sentinel_master_setting_failover_timeout", 1),
    "parallel-syncs": ("sentinel_master_setting_parallel_syncs", 1),
    "down-after-milliseconds": ("sentinel_master_setting_down_after_milliseconds", 1),
    "config-epoch": ("sentinel_master_config_epoch", 1),
    "last-ok-ping-reply": ("sentinel_master_last_ok_ping_reply_seconds", 1000),
}
