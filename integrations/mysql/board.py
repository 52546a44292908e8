"""Board *MariaDB and MySQL*: a source and its replicas."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from integrations.mysql.board_queries import BY, OF, connections, rate, replica, setting, status, value
from integrations.mysql.board_sections import innodb, replication, tables

RUNS = [replica(f"slave_{what}_running", f"replica_{what}_running") for what in ("sql", "io")]


def build() -> Dashboard:
    """Return the board."""
    return board(
        "MariaDB and MySQL",
        "MariaDB and MySQL: connections, statements, InnoDB, replication, locks, temporary tables, files.",
        [
            multi_variable("dc", "Datacenter", f"label_values(mysql_up{{{OF}}}, dc)"),
            multi_variable("instance", "Server", f'label_values(mysql_up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _servers(), _connections(), _statements(), innodb(), replication(), tables()],
        [alert_annotation('alertname=~"MySQL.*|Integration.*", dc=~"$dc"')],
    )


def _now() -> Section:
    stopped = f"count({RUNS[0]} == 0 or {RUNS[1]} == 0)"
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
        Stat(Metadata("Statements", "Per second, of all servers together.", "ops"), Query(f"sum({rate('questions')})")),
        Stat(
            Metadata("Replicas stopped", "Connections to a source of which a thread does not run.", "short"),
            instant_query(or_zero(stopped)),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Worst lag", "How much later a replica applies what its source wrote.", "s"),
            instant_query(or_zero(f"max({replica('seconds_behind_master', 'seconds_behind_source')})")),
            thresholds(30, 300),
        ),
    ]


def _servers() -> Section:
    keys = {"instance": "Server", "dc": "Datacenter", "version": "Version"}
    info = f"max by ({', '.join(keys)}) ({value('version_info')})"

    def column(query: str) -> str:
        return f"{info} * on ({BY}) group_left () (max by ({BY}) ({query}))"

    return "Servers", [
        table(
            Metadata("All servers", "One row for each server.", "short"),
            keys,
            [
                Column("Up for", column(status("uptime")), "s"),
                Column("Connections", column(status("threads_connected"))),
                Column("Of its limit", column(connections()), "percentunit"),
                Column("Statements", column(rate("questions")), "ops"),
                Column("Buffer pool", column(setting("innodb_buffer_pool_size")), "bytes"),
                Column("Read only", column(setting("read_only"))),
            ],
        ),
    ]


def _connections() -> Section:
    return "Connections", [
        timeseries(
            Metadata("Connections over max_connections", "At 1 a server turns further clients away.", "percentunit"),
            [Query(connections(), "{{instance}}")],
        ),
        timeseries(
            Metadata("Threads that run", "Statements at work at the same moment. Many wait for something.", "short"),
            [Query(status("threads_running"), "{{instance}}")],
        ),
        timeseries(
            Metadata("New connections", "Per second. Many: a client without a pool.", "ops"),
            [Query(rate("connections"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Failed connections", "Logins that did not succeed, and clients that went without a word.", "ops"),
            [
                Query(rate("aborted_connects"), "{{instance}} login"),
                Query(rate("aborted_clients"), "{{instance}} client"),
            ],
        ),
        timeseries(
            Metadata("Connection errors", "By what the server names as the cause, per second.", "ops"),
            [Query(rate("connection_errors_total", f"{BY}, error"), "{{instance}} {{error}}")],
        ),
        timeseries(
            Metadata("MySQL traffic", "Bits that all servers received and sent, per second.", "bps"),
            [Query(f"8 * sum({rate('bytes_received')})", "received"), Query(f"8 * sum({rate('bytes_sent')})", "sent")],
        ),
    ]


def _statements() -> Section:
    return "Statements", [
        timeseries(
            Metadata("Statements", "What clients sent, per second.", "ops"),
            [Query(rate("questions"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Statements by command", "The ten that come most, per second.", "ops"),
            [Query(f"topk(10, {rate('commands_total', 'command')})", "{{command}}")],
        ),
        timeseries(
            Metadata("Slow statements", "Longer than long_query_time, per second.", "ops"),
            [Query(rate("slow_queries"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Rows by operation", "What InnoDB read and changed, per second.", "ops"),
            [Query(f"sum by (operation) (rate({status('innodb_row_ops_total')}[{RATE}]))", "{{operation}}")],
        ),
        timeseries(
            Metadata("Scans of whole tables", "Statements that used no index: of one table, and of a join.", "ops"),
            [Query(rate("select_scan"), "{{instance}} table"), Query(rate("select_full_join"), "{{instance}} join")],
        ),
        timeseries(
            Metadata("Sorts that did not fit", "Passes over files because sort_buffer_size was too small.", "ops"),
            [Query(rate("sort_merge_passes"), "{{instance}}")],
        ),
    ]
