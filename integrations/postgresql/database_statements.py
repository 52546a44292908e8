"""The statements about databases, roles and tables. The tables are those of the database that was logged in to."""

from math import nan

from integrations.postgresql.statements import Statement, epoch

# The 500 largest: each has thirty series.
LARGEST = (
    "(SELECT oid FROM pg_class WHERE relkind IN ('r', 'm', 'p') "
    "AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$)') "
    "ORDER BY relpages DESC, oid LIMIT 500) AS largest"
)
MAY_READ = "has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'MEMBER')"
DATABASE = (
    "xact_commit xact_rollback blks_read blks_hit tup_returned tup_fetched tup_inserted tup_updated tup_deleted"
    " conflicts temp_files temp_bytes deadlocks blk_read_time blk_write_time stats_reset"
)
CONFLICTS = "confl_tablespace confl_lock confl_snapshot confl_bufferpin confl_deadlock"
TABLE_TIMES = "last_vacuum last_autovacuum last_analyze last_autoanalyze"
PHASES = (
    "initializing", "scanning heap", "vacuuming indexes", "vacuuming heap", "cleaning up indexes", "truncating heap",
    "performing final cleanup",
)  # fmt: skip
PROGRESS = "pg_stat_get_progress_info('VACUUM') AS p JOIN pg_database d ON d.oid = p.datid "
OF_TABLE = (
    "(SELECT CASE WHEN nspname = 'public' THEN '' ELSE nspname || '.' END || relname FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = p.relid AND d.datname = current_database())"
)
RELNAME = f"coalesce({OF_TABLE}, p.relid::text)"

STATEMENTS = (
    Statement("database", "pg_database", "datname", "connection_limit size_bytes", collector="database", null=None,
              expressions={"connection_limit": "datconnlimit",
                           "size_bytes": f"CASE WHEN {MAY_READ} THEN pg_database_size(oid) END"}),
    Statement("database_wraparound", "pg_database WHERE datallowconn", "datname",
              "age_datfrozenxid_seconds age_datminmxid_seconds", collector="database_wraparound",
              expressions={"age_datfrozenxid_seconds": "age(datfrozenxid)",
                           "age_datminmxid_seconds": "mxid_age(datminmxid)"}),
    Statement("roles", "pg_roles", "rolname", "connection_limit", collector="roles",
              expressions={"connection_limit": "rolconnlimit"}),
    Statement("stat_database", "pg_stat_database WHERE datname IS NOT NULL", "datid datname", "numbackends", DATABASE,
              collector="stat_database", expressions=epoch("stats_reset"), until=14),
    Statement("stat_database", "pg_stat_database WHERE datname IS NOT NULL", "datid datname", "numbackends",
              f"{DATABASE} active_time_seconds_total", collector="stat_database", since=14,
              expressions={**epoch("stats_reset"), "active_time_seconds_total": "active_time / 1000"}),
    Statement("stat_database_conflicts", "pg_stat_database_conflicts", "datid datname", counters=CONFLICTS, null=nan,
              until=16),
    Statement("stat_database_conflicts", "pg_stat_database_conflicts", "datid datname", counters=CONFLICTS, null=nan,
              untyped="confl_active_logicalslot", since=16),
    Statement(
        "stat_user_tables", f"{LARGEST} JOIN pg_stat_user_tables t ON t.relid = largest.oid",
        "datname schemaname relname",
        f"n_live_tup n_dead_tup n_mod_since_analyze {TABLE_TIMES} index_size_bytes table_size_bytes",
        "seq_scan seq_tup_read idx_scan idx_tup_fetch n_tup_ins n_tup_upd n_tup_del n_tup_hot_upd vacuum_count"
        " autovacuum_count analyze_count autoanalyze_count",
        collector="stat_user_tables",
        expressions={"datname": "current_database()", **epoch(*TABLE_TIMES.split()),
                     "index_size_bytes": "pg_indexes_size(relid)", "table_size_bytes": "pg_table_size(relid)"},
    ),
    Statement(
        "statio_user_tables", f"{LARGEST} JOIN pg_statio_user_tables t ON t.relid = largest.oid",
        "datname schemaname relname",
        counters="heap_blocks_read heap_blocks_hit idx_blocks_read idx_blocks_hit toast_blocks_read toast_blocks_hit"
        " tidx_blocks_read tidx_blocks_hit",
        collector="statio_user_tables",
        expressions={"datname": "current_database()",
                     **{f"{part}_blocks_{how}": f"{part}_blks_{how}"
                        for part in ("heap", "idx", "toast", "tidx") for how in ("read", "hit")}},
    ),
    Statement(
        "stat_progress_vacuum", PROGRESS, "datname relname",
        "heap_blks heap_blks_scanned heap_blks_vacuumed index_vacuums max_dead_tuples num_dead_tuples",
        collector="stat_progress_vacuum",
        expressions={"relname": RELNAME, "heap_blks": "param2", "heap_blks_scanned": "param3",
                     "heap_blks_vacuumed": "param4", "index_vacuums": "param5", "max_dead_tuples": "param6",
                     "num_dead_tuples": "param7"},
    ),
    Statement(
        "stat_progress_vacuum_phase",
        f"{PROGRESS} CROSS JOIN unnest('{{{','.join(PHASES)}}}'::text[]) WITH ORDINALITY AS phases(name, place)",
        "datname relname phase", "this", collector="stat_progress_vacuum",
        expressions={"relname": RELNAME, "phase": "phases.name", "this": "(p.param1 = phases.place - 1)::int"},
    ),
)  # fmt: skip
