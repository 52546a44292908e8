"""Board *Redis*: Redis and Valkey as master, replica, cluster member and sentinel."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from integrations.redis.board_queries import BY, OF, rate, value
from integrations.redis.board_sections import clients, groups, persistence, replication


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Redis",
        "Redis and Valkey: memory, evictions, clients, commands, replication, persistence, sentinels and clusters.",
        [
            multi_variable("dc", "Datacenter", f"label_values(redis_up{{{OF}}}, dc)"),
            multi_variable("instance", "Server", f'label_values(redis_up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _servers(), _memory(), _keys(), _commands(), clients(), replication(), persistence(), groups()],
        [alert_annotation('alertname=~"Redis.*|Integration.*", dc=~"$dc"')],
    )


def _hit_rate() -> str:
    hits, misses = rate("keyspace_hits_total"), rate("keyspace_misses_total")
    return f"{hits} / ({hits} + {misses} > 0)"


def _used() -> str:
    return f"{value('memory_used_bytes')} / ({value('memory_max_bytes')} > 0)"


def _now() -> Section:
    down = f"{value('up')} == 0"
    return "Now", [
        Stat(
            Metadata("Servers", "Servers that are checked.", "short"), instant_query(or_zero(f"count({value('up')})"))
        ),
        Stat(
            Metadata("Down", "Servers that do not answer.", "short"),
            instant_query(or_zero(f"count({down})")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Fullest", "Memory used over maxmemory, where that is set, of the fullest server.", "percentunit"),
            instant_query(f"max({_used()})"),
            thresholds(0.9, 0.98),
        ),
        Stat(
            Metadata("Commands", "Commands per second, of all servers together.", "ops"),
            Query(f"sum(rate({value('commands_processed_total')}[{RATE}]))"),
        ),
        Stat(
            Metadata("Replicas cut off", "Replicas without a link to their master.", "short"),
            instant_query(or_zero(f"count({value('master_link_up')} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Saves failed", "Servers whose last snapshot failed.", "short"),
            instant_query(or_zero(f"count({value('rdb_last_bgsave_status')} == 0)")),
            NONE_EXPECTED,
        ),
    ]


def _servers() -> Section:
    keys = {"instance": "Server", "dc": "Datacenter", "role": "Role", "redis_version": "Version"}
    by = ", ".join(keys)
    info = f"max by ({by}) ({value('instance_info')})"

    def column(query: str) -> str:
        return f"{info} * on ({BY}) group_left () (max by ({BY}) ({query}))"

    return "Servers", [
        table(
            Metadata(
                "All servers", "One row for each server. Valkey tells the version of Redis that it is like.", "short"
            ),
            keys,
            [
                Column("Up for", column(value("uptime_in_seconds")), "s"),
                Column("Clients", column(value("connected_clients"))),
                Column("Memory used", column(value("memory_used_bytes")), "bytes"),
                Column("Keys", column(f"sum by ({BY}) ({value('db_keys')})")),
                Column("Commands", column(rate("commands_processed_total")), "ops"),
                Column("Replicas", column(value("connected_slaves"))),
            ],
        ),
    ]


def _memory() -> Section:
    return "Memory", [
        timeseries(
            Metadata(
                "Memory over maxmemory",
                "At 1 a server evicts, or refuses writes. Empty without maxmemory.",
                "percentunit",
            ),
            [Query(_used(), "{{instance}}")],
        ).no_value("No server has a maxmemory"),
        timeseries(
            Metadata(
                "Memory", "What Redis counts as used, and what the kernel gave it. A gap is fragmentation.", "bytes"
            ),
            [
                Query(value("memory_used_bytes"), "{{instance}} used"),
                Query(value("memory_used_rss_bytes"), "{{instance}} resident"),
            ],
        ),
        timeseries(
            Metadata(
                "Fragmentation",
                "Resident over used memory. Below 1 the machine swaps; far above 1.5 it wastes memory.",
                "none",
            ),
            [Query(value("mem_fragmentation_ratio"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Memory beside the data", "Buffers of clients and of replicas, and the replication backlog.", "bytes"
            ),
            [
                Query(value("mem_clients_normal"), "{{instance}} clients"),
                Query(value("mem_clients_slaves"), "{{instance}} replicas"),
                Query(value("mem_replication_backlog_bytes"), "{{instance}} backlog"),
            ],
        ),
    ]


def _keys() -> Section:
    return "Keys", [
        timeseries(
            Metadata("Hit rate", "Reads that found their key. A cache that evicts too much loses it.", "percentunit"),
            [Query(_hit_rate(), "{{instance}}")],
            max_value=1,
        ).no_value("Nothing was read in this time"),
        timeseries(
            Metadata(
                "Evicted and expired keys", "Keys per second that went for lack of room, and at their end.", "ops"
            ),
            [
                Query(rate("evicted_keys_total"), "{{instance}} evicted"),
                Query(rate("expired_keys_total"), "{{instance}} expired"),
            ],
        ),
        timeseries(
            Metadata("Keys with and without an end", "Keys that never expire fill a cache for good.", "short"),
            [
                Query(f"sum by ({BY}) ({value('db_keys_expiring')})", "{{instance}} with an end"),
                Query(
                    f"sum by ({BY}) ({value('db_keys')}) - sum by ({BY}) ({value('db_keys_expiring')})",
                    "{{instance}} without",
                ),
            ],
        ),
    ]


def _commands() -> Section:
    spent, calls = rate("commands_duration_seconds_total", "cmd"), rate("commands_total", "cmd")
    return "Commands", [
        timeseries(
            Metadata("Commands by name", "The ten commands that come most, per second.", "ops"),
            [Query(f"topk(10, {calls})", "{{cmd}}")],
        ),
        timeseries(
            Metadata(
                "Time by command", "Share of the one thread that each command takes; 1 is all of it.", "percentunit"
            ),
            [Query(f"topk(10, {spent})", "{{cmd}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Time of a call", "Time that a call takes within the server; the ten slowest commands.", "s"),
            [Query(f"topk(10, {spent} / ({calls} > 0))", "{{cmd}}")],
        ),
        timeseries(
            Metadata("Errors", "Commands that failed, by the first word of the error, per second.", "ops"),
            [Query(rate("errors_total", "err"), "{{err}}")],
            {"OOM": CRITICAL, "MISCONF": CRITICAL},
        ).no_value("No command failed"),
        timeseries(
            Metadata("Entries of the slow log", "It keeps so many of the last slow commands.", "short"),
            [Query(value("slowlog_length"), "{{instance}}")],
        ),
        timeseries(
            Metadata("CPU", "Cores that each server uses. One core is all that commands can have.", "short"),
            [Query(f"{rate('cpu_user_seconds_total')} + {rate('cpu_sys_seconds_total')}", "{{instance}}")],
        ),
    ]
