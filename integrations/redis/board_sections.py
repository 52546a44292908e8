"""The sections of the board *Redis* about clients, replication, persistence, clusters and sentinels."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query
from dashboards.panels.timeseries import timeseries
from integrations.redis.board_queries import BY, rate, value


def clients() -> Section:
    """Return the section of clients and their traffic."""
    return "Clients", [
        timeseries(
            Metadata("Clients over maxclients", "At 1 a server turns further clients away.", "percentunit"),
            [Query(f"{value('connected_clients')} / {value('max_clients')}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Clients", "Connected clients, and those that wait in a blocking command.", "short"),
            [
                Query(value("connected_clients"), "{{instance}} connected"),
                Query(value("blocked_clients"), "{{instance}} blocked"),
            ],
        ),
        timeseries(
            Metadata("New and rejected connections", "Per second. Many new ones: a client without a pool.", "ops"),
            [
                Query(rate("connections_received_total"), "{{instance}} new"),
                Query(rate("rejected_connections_total"), "{{instance}} rejected"),
            ],
        ),
        timeseries(
            Metadata("Redis traffic", "Bits that all servers received and sent, per second.", "bps"),
            [
                Query(f"8 * sum({rate('net_input_bytes_total')})", "received"),
                Query(f"8 * sum({rate('net_output_bytes_total')})", "sent"),
            ],
            {"received": NEUTRAL, "sent": OK},
        ),
    ]


def replication() -> Section:
    """Return the section of masters and their replicas."""
    behind = f"max by ({BY}) ({value('master_repl_offset')}) - on ({BY}) group_right () "
    offset = f"max by ({BY}, slave_ip, slave_port) ({value('connected_slave_offset_bytes')})"
    return "Replication", [
        timeseries(
            Metadata("Replication lag", "Since the master last heard of a replica. Every second is usual.", "s"),
            [Query(value("connected_slave_lag_seconds"), "{{slave_ip}}:{{slave_port}} of {{instance}}")],
        ).no_value("No replicas"),
        timeseries(
            Metadata("Bytes behind", "What a replica has not confirmed yet: lost when its master dies.", "bytes"),
            [Query(behind + offset, "{{slave_ip}}:{{slave_port}} of {{instance}}")],
        ).no_value("No replicas"),
        timeseries(
            Metadata("Link to the master", "1 while a replica is connected, 0 while it is cut off.", "bool_yes_no"),
            [Query(value("master_link_up"), "{{instance}} to {{master_host}}:{{master_port}}")],
            max_value=1,
        ).no_value("No replicas"),
        timeseries(
            Metadata(
                "Full copies", "Replicas that copied everything, since the server's start. Steps are costly.", "short"
            ),
            [Query(value("replica_resyncs_full"), "{{instance}}")],
        ),
    ]


def persistence() -> Section:
    """Return the section of snapshots and of the append-only file."""
    return "Persistence", [
        timeseries(
            Metadata("Age of the snapshot", "Since the last save that succeeded.", "s"),
            [Query(f"time() - {value('rdb_last_save_timestamp_seconds')}", "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Changes not saved",
                "Writes since the last snapshot: lost by a crash without an append-only file.",
                "short",
            ),
            [Query(value("rdb_changes_since_last_save"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Fork", "How long the last fork held every client up.", "s"),
            [Query(value("latest_fork_seconds"), "{{instance}}")],
        ),
    ]


def groups() -> Section:
    """Return the section of clusters and sentinels."""
    return "Clusters and sentinels", [
        timeseries(
            Metadata("Slots", "Slots of the cluster that are served, perhaps gone, and gone.", "short"),
            [
                Query(f"min({value('cluster_slots_ok')})", "served"),
                Query(f"max({value('cluster_slots_pfail')})", "perhaps gone"),
                Query(f"max({value('cluster_slots_fail')})", "gone"),
            ],
            {"served": OK, "perhaps gone": WARNING, "gone": CRITICAL},
        ).no_value("No cluster"),
        timeseries(
            Metadata("Sentinels that answer", "Of each master, as each sentinel sees it.", "short"),
            [Query(value("sentinel_master_ok_sentinels"), "{{master_name}} by {{instance}}")],
        ).no_value("No sentinels"),
        timeseries(
            Metadata("Replicas that answer", "Of each master, as each sentinel sees it.", "short"),
            [Query(value("sentinel_master_ok_slaves"), "{{master_name}} by {{instance}}")],
        ).no_value("No sentinels"),
    ]
