"""The statements about a server as a whole: connections, locks, replication, WAL, checkpoints."""

from math import nan

from integrations.postgresql.statements import Statement, epoch

IN_RECOVERY = "pg_is_in_recovery()"
POSITION = f"CASE WHEN {IN_RECOVERY} THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END"
REPLAY_AGE = "greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))"
LOCKS = """pg_database d CROSS JOIN unnest('{accesssharelock,rowsharelock,rowexclusivelock,shareupdateexclusivelock,
 sharelock,sharerowexclusivelock,exclusivelock,accessexclusivelock,sireadlock}'::text[]) AS modes(mode)
 LEFT JOIN pg_locks l ON l.database = d.oid AND lower(l.mode) = modes.mode GROUP BY d.datname, modes.mode"""
ACTIVITY = """pg_database d CROSS JOIN unnest(ARRAY['active', 'idle', 'idle in transaction',
 'idle in transaction (aborted)', 'fastpath function call', 'disabled']) AS states(state)
 LEFT JOIN pg_stat_activity a ON a.datname = d.datname AND a.state = states.state AND a.pid <> pg_backend_pid()
 GROUP BY d.datname, states.state, usename, application_name, backend_type, wait_event_type, wait_event"""
BGWRITER_BEFORE_17 = (
    "checkpoints_timed_total checkpoints_req_total checkpoint_write_time_total checkpoint_sync_time_total"
    " buffers_checkpoint_total buffers_backend_total buffers_backend_fsync_total"
)
BGWRITER = "buffers_clean_total maxwritten_clean_total buffers_alloc_total stats_reset_total"
CHECKPOINTER = (
    "num_timed_total num_requested_total restartpoints_timed_total restartpoints_req_total restartpoints_done_total"
    " write_time_total sync_time_total buffers_written_total stats_reset_total"
)


def _totals(columns: str) -> dict[str, str]:
    """Return expressions for metrics that are called as their columns, with `_total` behind."""
    plain = {name: name.removesuffix("_total") for name in columns.split()}
    return {**plain, "stats_reset_total": epoch("stats_reset")["stats_reset"]}


def _position(column: str) -> str:
    """Return a position in the WAL as a number that a float can hold."""
    return f"mod({column} - '0/0'::pg_lsn, 2::numeric ^ 52)"


STATEMENTS = (
    Statement(
        "static", "version()", "version short_version", untyped="this", null=nan,
        expressions={
            "version": "version",
            "short_version": "current_setting('server_version_num')::int / 10000 || '.' "
            "|| current_setting('server_version_num')::int % 10000 || '.0'",
            "this": "1",
        },
    ),
    Statement("postmaster", "pg_postmaster_start_time() AS start", gauges="start_time_seconds", collector="postmaster",
              expressions={"start_time_seconds": "extract(epoch FROM start)"}),
    Statement("locks", LOCKS, "datname mode", "count", collector="locks",
              expressions={"mode": "modes.mode", "count": "count(l.pid)"}),
    Statement(
        "long_running_transactions",
        "pg_stat_activity WHERE state IS DISTINCT FROM 'idle' AND query NOT LIKE 'autovacuum:%' "
        "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()",
        gauges="this oldest_timestamp_seconds", collector="long_running_transactions",
        expressions={"this": "count(*)",
                     "oldest_timestamp_seconds": "max(extract(epoch FROM clock_timestamp() - xact_start))"},
    ),
    Statement(
        "stat_activity", ACTIVITY,
        "datname state usename application_name backend_type wait_event_type wait_event", "count max_tx_duration",
        expressions={"datname": "d.datname", "state": "states.state", "count": "count(a.pid)",
                     "max_tx_duration": "coalesce(max(extract(epoch FROM now() - xact_start)), 0)"},
    ),
    Statement(
        "replication", f"(SELECT {IN_RECOVERY} AS recovers) AS here",
        gauges="lag_seconds is_replica last_replay_seconds", collector="replication",
        expressions={
            "lag_seconds": "CASE WHEN NOT recovers OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
            f"ELSE {REPLAY_AGE} END",
            "is_replica": "recovers::int",
            "last_replay_seconds": REPLAY_AGE,
        },
    ),
    Statement(
        "stat_replication",
        "pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid",
        "application_name client_addr state slot_name", "pg_current_wal_lsn_bytes pg_wal_lsn_diff",
        untyped="reply_time", null=nan,
        expressions={"client_addr": "host(client_addr)", "pg_current_wal_lsn_bytes": f"({POSITION}) - '0/0'::pg_lsn",
                     "pg_wal_lsn_diff": f"({POSITION}) - replay_lsn", **epoch("reply_time")},
    ),
    Statement("replication_slots", "pg_replication_slots", "slot_name database", "active pg_wal_lsn_diff", null=nan,
              expressions={"pg_wal_lsn_diff": f"({POSITION}) - restart_lsn"}),
    Statement(
        "replication_slot", "pg_replication_slots", "slot_name slot_type",
        "slot_current_wal_lsn slot_is_active slot_confirmed_flush_lsn safe_wal_size_bytes",
        collector="replication_slot", null=None,
        expressions={
            "slot_current_wal_lsn": f"({POSITION}) - '0/0'::pg_lsn",
            "slot_is_active": "active",
            "slot_confirmed_flush_lsn":
            "CASE WHEN active THEN coalesce(confirmed_flush_lsn, '0/0') - '0/0'::pg_lsn END",
            "safe_wal_size_bytes": "safe_wal_size",
        },
    ),
    Statement("replication_slot_wal_status", "pg_replication_slots WHERE wal_status IS NOT NULL",
              "slot_name slot_type wal_status", "this", collector="replication_slot", expressions={"this": "1"}),
    Statement(
        "stat_wal_receiver", "pg_stat_wal_receiver WHERE pid IS NOT NULL", "upstream_host slot_name status",
        "receive_start_tli received_tli",
        "receive_start_lsn flushed_lsn last_msg_send_time last_msg_receipt_time latest_end_lsn latest_end_time",
        collector="stat_wal_receiver", null=None,
        expressions={
            "upstream_host": "btrim(substring(conninfo FROM 'host=([^ ]*)'), '''')",
            "receive_start_lsn": _position("receive_start_lsn"),
            "flushed_lsn": _position("flushed_lsn"),
            "latest_end_lsn": _position("latest_end_lsn"),
            **{name: f"extract(epoch FROM {name})"
               for name in ("last_msg_send_time", "last_msg_receipt_time", "latest_end_time")},
        },
    ),
    Statement("stat_archiver", "pg_stat_archiver", gauges="last_archive_age", counters="archived_count failed_count",
              null=nan, expressions={"last_archive_age": "extract(epoch FROM now() - last_archived_time)"}),
    Statement("stat_bgwriter", "pg_stat_bgwriter", counters=f"{BGWRITER_BEFORE_17} {BGWRITER}", until=17,
              collector="stat_bgwriter", expressions=_totals(f"{BGWRITER_BEFORE_17} {BGWRITER}")),
    Statement("stat_bgwriter", "pg_stat_bgwriter", counters=BGWRITER, since=17, collector="stat_bgwriter",
              expressions=_totals(BGWRITER)),
    Statement("stat_checkpointer", "pg_stat_checkpointer", counters=CHECKPOINTER, since=17,
              collector="stat_checkpointer", expressions=_totals(CHECKPOINTER)),
    Statement("wal", "pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'", gauges="segments size_bytes", collector="wal",
              expressions={"segments": "count(*)", "size_bytes": "sum(size)"}),
)  # fmt: skip
