"""Board *PostgreSQL*: a primary and its replicas."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from integrations.postgresql.board_queries import (
    BY,
    BY_DATABASE,
    OF,
    connections,
    database_rate,
    each,
    of_database,
    value,
)
from integrations.postgresql.board_sections import replication, sizes, vacuum, wal

HIT, READ = database_rate("stat_database_blks_hit"), database_rate("stat_database_blks_read")
COMMITS, ROLLBACKS = database_rate("stat_database_xact_commit"), database_rate("stat_database_xact_rollback")


def build() -> Dashboard:
    """Return the board."""
    databases = f'label_values(pg_stat_database_numbackends{{{OF}, dc=~"$dc", instance=~"$instance"}}, datname)'
    return board(
        "PostgreSQL",
        "PostgreSQL: connections, transactions, locks, replication, WAL, checkpoints, vacuum, sizes, transaction ids.",
        [
            multi_variable("dc", "Datacenter", f"label_values(pg_up{{{OF}}}, dc)"),
            multi_variable("instance", "Server", f'label_values(pg_up{{{OF}, dc=~"$dc"}}, instance)'),
            multi_variable("database", "Database", databases),
        ],
        [_now(), _servers(), _sessions(), _work(), _locks(), replication(), wal(), vacuum(), sizes()],
        [alert_annotation('alertname=~"Postgres.*|Integration.*", dc=~"$dc"')],
    )


def _now() -> Section:
    oldest = f"max({value('database_wraparound_age_datfrozenxid_seconds')}) / 2^31"
    return "Now", [
        Stat(
            Metadata("Servers", "Servers that are checked.", "short"), instant_query(or_zero(f"count({value('up')})"))
        ),
        Stat(
            Metadata("Down", "Servers that do not answer.", "short"),
            instant_query(or_zero(f"count({value('up')} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Fullest", "Connections in use over max_connections, of the fullest server.", "percentunit"),
            instant_query(f"max({connections()})"),
            thresholds(0.8, 0.95),
        ),
        Stat(
            Metadata("Transactions", "Committed per second, of all servers together.", "ops"),
            Query(f"sum({COMMITS})"),
        ),
        Stat(
            Metadata("Worst lag", "What a replica has received and not replayed, in time.", "s"),
            instant_query(f"max({value('replication_lag_seconds')})"),
            thresholds(30, 300),
        ),
        Stat(
            Metadata("Longest transaction", "Vacuum removes nothing that died since it began.", "s"),
            instant_query(f"max({value('long_running_transactions_oldest_timestamp_seconds')})"),
            thresholds(3600, 21600),
        ),
        Stat(
            Metadata(
                "Transaction ids used", "Of the database that has used most. At 1 it takes no writes.", "percentunit"
            ),
            instant_query(oldest),
            thresholds(0.4, 0.8),
        ),
    ]


def _servers() -> Section:
    keys = {"instance": "Server", "dc": "Datacenter", "short_version": "Version"}
    info = f"max by ({', '.join(keys)}) ({value('static')})"

    def column(query: str) -> str:
        return f"{info} * on ({BY}) group_left () ({query})"

    return "Servers", [
        table(
            Metadata("All servers", "One row for each server. A replica is 1.", "short"),
            keys,
            [
                Column("Replica", column(each("replication_is_replica"))),
                Column("Up for", column(f"time() - {each('postmaster_start_time_seconds')}"), "s"),
                Column("Connections", column(f"sum by ({BY}) ({value('stat_database_numbackends')})")),
                Column("Of its limit", column(connections()), "percentunit"),
                Column("Size", column(f"sum by ({BY}) ({value('database_size_bytes')})"), "bytes"),
                Column("Lag", column(each("replication_lag_seconds")), "s"),
            ],
        ),
    ]


def _sessions() -> Section:
    states = f"sum by (state) ({of_database('stat_activity_count')})"
    users = f"topk(10, sum by (usename, application_name) ({of_database('stat_activity_count')}) > 0)"
    idle = f'max by ({BY_DATABASE}) (pg_stat_activity_max_tx_duration{{{OF}, dc=~"$dc", instance=~"$instance", '
    idle += 'datname=~"$database", state=~"idle in transaction.*"})'
    return "Sessions", [
        timeseries(
            Metadata("Connections over max_connections", "At 1 a server turns further clients away.", "percentunit"),
            [Query(connections(), "{{instance}}")],
        ),
        timeseries(
            Metadata("Sessions by state", "*idle in transaction* holds locks and does nothing.", "short"),
            [Query(states, "{{state}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Sessions by user and application", "The ten that have most.", "short"),
            [Query(users, "{{usename}} {{application_name}}")],
        ),
        timeseries(
            Metadata("Idle in a transaction", "How long the longest such transaction lasts, by database.", "s"),
            [Query(idle, "{{instance}} {{datname}}")],
        ),
        timeseries(
            Metadata("Longest transaction", "The age of the oldest transaction of a server.", "s"),
            [Query(each("long_running_transactions_oldest_timestamp_seconds"), "{{instance}}")],
        ),
    ]


def _work() -> Section:
    return "Work", [
        timeseries(
            Metadata("Transactions", "Committed per second, by database.", "ops"),
            [Query(COMMITS, "{{instance}} {{datname}}")],
        ),
        timeseries(
            Metadata("Rolled back", "The share of transactions that did not commit.", "percentunit"),
            [Query(f"{ROLLBACKS} / ({COMMITS} + {ROLLBACKS} > 0)", "{{instance}} {{datname}}")],
        ),
        timeseries(
            Metadata("Read from shared buffers", "The share of pages that needed no read of a file.", "percentunit"),
            [Query(f"{HIT} / ({HIT} + {READ} > 0)", "{{instance}} {{datname}}")],
            max_value=1,
        ),
        timeseries(
            Metadata("Rows changed", "Inserted, updated and deleted per second.", "ops"),
            [
                Query(f"sum({database_rate(f'stat_database_tup_{what}')})", what)
                for what in ("inserted", "updated", "deleted")
            ],
        ),
        timeseries(
            Metadata("Rows read", "Returned by scans, and fetched by an index, per second.", "ops"),
            [Query(f"sum({database_rate(f'stat_database_tup_{what}')})", what) for what in ("returned", "fetched")],
        ),
        timeseries(
            Metadata("Temporary files", "What sorts and joins wrote for lack of work_mem.", "Bps"),
            [Query(database_rate("stat_database_temp_bytes"), "{{instance}} {{datname}}")],
        ),
        timeseries(
            Metadata("Waiting for files", "Time of reads and writes per second; needs track_io_timing.", "percentunit"),
            [
                Query(f"sum({database_rate('stat_database_blk_read_time')}) / 1000", "read"),
                Query(f"sum({database_rate('stat_database_blk_write_time')}) / 1000", "write"),
            ],
        ),
    ]


def _locks() -> Section:
    waiting = f'sum by ({BY_DATABASE}) (pg_stat_activity_count{{{OF}, dc=~"$dc", instance=~"$instance", '
    waiting += 'datname=~"$database", wait_event_type="Lock"})'
    return "Locks", [
        timeseries(
            Metadata("Locks by mode", "Held or awaited, of the databases that were chosen.", "short"),
            [Query(f"sum by (mode) ({of_database('locks_count')}) > 0", "{{mode}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Sessions that wait for a lock", "One transaction holds the others up.", "short"),
            [Query(waiting, "{{instance}} {{datname}}")],
        ).no_value("No session waits"),
        timeseries(
            Metadata("Deadlocks", "Transactions that the server ended because each waited for the other.", "ops"),
            [Query(database_rate("stat_database_deadlocks"), "{{instance}} {{datname}}")],
        ),
    ]
