"""The sections of the board *MariaDB and MySQL* about InnoDB, replication and tables."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query
from dashboards.panels.timeseries import timeseries
from integrations.mysql.board_queries import BY, rate, replica, setting, status

NAME = "{{instance}} {{master_host}} {{connection_name}}"


def innodb() -> Section:
    """Return the section of the storage engine."""
    reads, requests = rate("innodb_buffer_pool_reads"), rate("innodb_buffer_pool_read_requests")
    pages = f"sum by (state) ({status('buffer_pool_pages')})"
    return "InnoDB", [
        timeseries(
            Metadata(
                "Reads that went to the disk", "Share of page reads that the buffer pool did not hold.", "percentunit"
            ),
            [Query(f"{reads} / ({requests} > 0)", "{{instance}}")],
        ),
        timeseries(
            Metadata("Buffer pool", "Pages by what they hold. Without free ones, it drops what is not used.", "short"),
            [Query(pages, "{{state}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Changed pages", "Share of the buffer pool that is not written to the disk yet.", "percentunit"),
            [
                Query(
                    f"{status('buffer_pool_dirty_pages')} / on ({BY}) sum by ({BY}) ({status('buffer_pool_pages')})",
                    "{{instance}}",
                )
            ],
        ),
        timeseries(
            Metadata("Data read and written", "Bytes per second.", "Bps"),
            [
                Query(rate("innodb_data_read"), "{{instance}} read"),
                Query(rate("innodb_data_written"), "{{instance}} written"),
            ],
        ),
        timeseries(
            Metadata("Log", "Bytes of the redo log per second.", "Bps"),
            [Query(rate("innodb_os_log_written"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Waits", "For a row lock, for room in the log buffer, and for a free page, per second.", "ops"),
            [
                Query(rate("innodb_row_lock_waits"), "{{instance}} row lock"),
                Query(rate("innodb_log_waits"), "{{instance}} log buffer"),
                Query(rate("innodb_buffer_pool_wait_free"), "{{instance}} free page"),
            ],
        ),
        timeseries(
            Metadata("Row locks", "Transactions that wait for a row now.", "short"),
            [Query(status("innodb_row_lock_current_waits"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Deadlocks", "Transactions that were rolled back because each waited for the other. MariaDB.", "ops"
            ),
            [Query(rate("innodb_deadlocks"), "{{instance}}")],
        ).no_value("Only MariaDB tells them"),
    ]


def replication() -> Section:
    """Return the section of replicas."""
    positions = [
        replica("read_master_log_pos", "read_source_log_pos"),
        replica("exec_master_log_pos", "exec_source_log_pos"),
    ]
    threads = [
        Query(
            f"1 - {replica(f'slave_{what}_running', f'replica_{what}_running')}",
            f"{NAME} {'fetches' if what == 'io' else 'applies'}",
        )
        for what in ("io", "sql")
    ]
    return "Replication", [
        timeseries(
            Metadata("Lag", "How much later a replica applies what its source wrote.", "s"),
            [Query(replica("seconds_behind_master", "seconds_behind_source"), NAME)],
        ),
        timeseries(Metadata("Threads that stand still", "1: this thread does not run.", "short"), threads),
        timeseries(
            Metadata(
                "Fetched and not applied", "Bytes of the binary log that the replica still has to apply.", "bytes"
            ),
            [Query(f"clamp_min({positions[0]} - {positions[1]}, 0)", NAME)],
        ),
        timeseries(
            Metadata("Relay log", "What lies on the replica's disk.", "bytes"),
            [Query(replica("relay_log_space", "relay_log_space"), NAME)],
        ),
        timeseries(
            Metadata("Errors", "The number of the last error of replication; 0 is none.", "short"),
            [Query(replica("last_errno", "last_errno"), NAME)],
            {"/.*/": CRITICAL},
        ),
    ]


def tables() -> Section:
    """Return the section of tables, files and temporary tables."""
    disk, memory = rate("created_tmp_disk_tables"), rate("created_tmp_tables")
    return "Tables and files", [
        timeseries(
            Metadata("Temporary tables", "Made per second, in memory and on the disk.", "ops"),
            [Query(memory, "{{instance}} all"), Query(disk, "{{instance}} on disk")],
        ),
        timeseries(
            Metadata(
                "Open tables", "Over table_open_cache. At 1 each further one has to be opened anew.", "percentunit"
            ),
            [Query(f"{status('open_tables')} / {setting('table_open_cache')}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Opened tables", "Per second. Many: table_open_cache is too small.", "ops"),
            [Query(rate("opened_tables"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Open files", "Over open_files_limit. At 1 tables can't be opened.", "percentunit"),
            [Query(f"{status('open_files')} / ({setting('open_files_limit')} > 0)", "{{instance}}")],
        ),
        timeseries(
            Metadata("Table locks that waited", "Per second; of MyISAM, and of LOCK TABLES.", "ops"),
            [Query(rate("table_locks_waited"), "{{instance}}")],
        ),
    ]
