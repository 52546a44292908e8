"""The sections of the board *PostgreSQL* about replication, WAL, vacuum and sizes."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.timeseries import timeseries
from integrations.postgresql.board_queries import (
    BY,
    BY_DATABASE,
    checkpoints,
    database_rate,
    each,
    of_database,
    rate,
    value,
)

TABLE = f"{BY_DATABASE}, schemaname, relname"
TABLE_NAME = "{{instance}} {{datname}}.{{schemaname}}.{{relname}}"


def replication() -> Section:
    """Return the section of primaries, replicas and slots."""
    cut_off = f"{each('replication_is_replica')} - (count by ({BY}) ({value('stat_wal_receiver_received_tli')}) or 0 * "
    cut_off += f"{each('replication_is_replica')})"
    behind = f"max by ({BY}, application_name, client_addr, state) ({value('stat_replication_pg_wal_lsn_diff')})"
    return "Replication", [
        timeseries(
            Metadata("Lag of replicas", "What was received and is not replayed, in time. 0 on a primary.", "s"),
            [Query(each("replication_lag_seconds"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Replicas that get nothing", "1: a replica without a connection to its primary.", "short"),
            [Query(cut_off, "{{instance}}")],
        ),
        timeseries(
            Metadata("Replicas", "WAL that each has still to replay, as its primary sees it.", "bytes"),
            [Query(behind, "{{instance}}: {{application_name}} {{client_addr}} {{state}}")],
        ),
        timeseries(
            Metadata("WAL kept by slots", "A slot that nobody reads fills the disk.", "bytes"),
            [
                Query(
                    f"max by ({BY}, slot_name) ({value('replication_slots_pg_wal_lsn_diff')})",
                    "{{instance}} {{slot_name}}",
                )
            ],
        ),
        timeseries(
            Metadata("Slots without a reader", "Slots that nobody is connected to.", "short"),
            [Query(f"sum by ({BY}) (1 - {value('replication_slots_active')})", "{{instance}}")],
        ),
        timeseries(
            Metadata("Queries cancelled on replicas", "For they held replay up for too long.", "ops"),
            [Query(database_rate("stat_database_conflicts"), "{{instance}} {{datname}}")],
        ),
    ]


def wal() -> Section:
    """Return the section of WAL, checkpoints and the archive."""
    position = f"max by ({BY}) (deriv({value('replication_slot_slot_current_wal_lsn')}[{RATE}]))"
    timed = checkpoints("checkpoints_timed_total", "num_timed_total")
    forced = checkpoints("checkpoints_req_total", "num_requested_total")
    return "WAL and checkpoints", [
        timeseries(
            Metadata("Checkpoints", "By time, and forced by max_wal_size or a command, an hour.", "short"),
            [Query(f"3600 * {timed}", "{{instance}} by time"), Query(f"3600 * {forced}", "{{instance}} forced")],
        ),
        timeseries(
            Metadata("Time of checkpoints", "Share of the time that is spent writing and syncing.", "percentunit"),
            [
                Query(f"{checkpoints('checkpoint_write_time_total', 'write_time_total')} / 1000", "{{instance}} write"),
                Query(f"{checkpoints('checkpoint_sync_time_total', 'sync_time_total')} / 1000", "{{instance}} sync"),
            ],
        ),
        timeseries(
            Metadata("Pages written", "By checkpoints, and by the background writer, per second.", "ops"),
            [
                Query(checkpoints("buffers_checkpoint_total", "buffers_written_total"), "{{instance}} checkpoints"),
                Query(rate("stat_bgwriter_buffers_clean_total"), "{{instance}} background"),
            ],
        ),
        timeseries(
            Metadata("WAL", "What lies in pg_wal. It grows without end where a slot or the archive is stuck.", "bytes"),
            [Query(each("wal_size_bytes"), "{{instance}}")],
        ),
        timeseries(
            Metadata("WAL written", "Bytes per second; told of servers with a slot.", "Bps"),
            [Query(position, "{{instance}}")],
        ).no_value("No server has a slot"),
        timeseries(
            Metadata("Archive", "Segments that were archived, and tries that failed, an hour.", "short"),
            [
                Query(f"3600 * {rate('stat_archiver_archived_count')}", "{{instance}} archived"),
                Query(f"3600 * {rate('stat_archiver_failed_count')}", "failed {{instance}}"),
            ],
            {"/^failed/": CRITICAL},
        ),
    ]


def vacuum() -> Section:
    """Return the section of dead rows and transaction ids."""
    dead, live = of_database("stat_user_tables_n_dead_tup"), of_database("stat_user_tables_n_live_tup")
    scanned, total = (
        of_database("stat_progress_vacuum_heap_blks_scanned"),
        of_database("stat_progress_vacuum_heap_blks"),
    )
    age = of_database("database_wraparound_age_datfrozenxid_seconds")
    return "Vacuum", [
        timeseries(
            Metadata("Transaction ids used", "By database. At 1 it takes no more writes.", "percentunit"),
            [Query(f"topk(10, max by ({BY_DATABASE}) ({age})) / 2^31", "{{instance}} {{datname}}")],
        ),
        timeseries(
            Metadata("Dead rows", "The ten tables that have most.", "short"),
            [Query(f"topk(10, max by ({TABLE}) ({dead}))", TABLE_NAME)],
        ),
        timeseries(
            Metadata("Share of dead rows", "Of tables with more than 1,000 rows, the ten worst.", "percentunit"),
            [Query(f"topk(10, max by ({TABLE}) ({dead} / ({dead} + {live} > 1000)))", TABLE_NAME)],
        ).no_value("No table has 1,000 rows"),
        timeseries(
            Metadata("Vacuum at work", "Share of the table that a running vacuum has read.", "percentunit"),
            [
                Query(
                    f"max by ({BY_DATABASE}, relname) ({scanned} / ({total} > 0))",
                    "{{instance}} {{datname}} {{relname}}",
                )
            ],
        ).no_value("No vacuum runs"),
    ]


def sizes() -> Section:
    """Return the section of databases and tables."""
    tables, indexes = (of_database(f"stat_user_tables_{what}_size_bytes") for what in ("table", "index"))
    scans = of_database("stat_user_tables_seq_tup_read")
    return "Sizes", [
        timeseries(
            Metadata("Databases", "Size on disk.", "bytes"),
            [Query(f"max by ({BY_DATABASE}) ({of_database('database_size_bytes')})", "{{instance}} {{datname}}")],
        ),
        timeseries(
            Metadata("Tables", "The ten largest with their indexes, of the database that is checked.", "bytes"),
            [Query(f"topk(10, max by ({TABLE}) ({tables} + {indexes}))", TABLE_NAME)],
        ),
        timeseries(
            Metadata(
                "Rows read without an index",
                "The ten tables with most. Many of a large one: an index is missing.",
                "ops",
            ),
            [Query(f"topk(10, sum by ({TABLE}) (rate({scans}[{RATE}])))", TABLE_NAME)],
        ),
    ]
