"""Board *RabbitMQ*: alarms, nodes, queues, messages in and out, clients, and Erlang."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.variable import multi_variable
from integrations.rabbitmq.board_queries import CHOSEN, NODE, OF, rate, total, value
from integrations.rabbitmq.board_sections import clients, erlang, incoming, limits, outgoing, queues


def build() -> Dashboard:
    """Return the board."""
    return board(
        "RabbitMQ",
        "RabbitMQ: alarms, nodes, queues, messages that come and go, consumers, connections, memory and disk.",
        [
            multi_variable("dc", "Datacenter", f"label_values(up{{{OF}}}, dc)"),
            multi_variable("instance", "Node", f'label_values(up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _nodes(), limits(), _queues(), queues(), incoming(), outgoing(), clients(), erlang()],
        [alert_annotation('alertname=~"RabbitMQ.*", dc=~"$dc"')],
    )


def _now() -> Section:
    up = f"up{{{CHOSEN}}}"
    alarms = f"{value('alarms_memory_used_watermark')} + {value('alarms_free_disk_space_watermark')}"
    return "Now", [
        Stat(Metadata("Nodes", "Nodes that are scraped.", "short"), instant_query(or_zero(f"count({up})"))),
        Stat(
            Metadata("Down", "Nodes whose endpoint does not answer.", "short"),
            instant_query(or_zero(f"count({up} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Alarms", "Alarms of memory and disk: each blocks all publishers.", "short"),
            instant_query(or_zero(alarms)),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Ready", "Messages that wait to be delivered.", "short"),
            instant_query(or_zero(value("queue_messages_ready"))),
        ),
        Stat(
            Metadata("Not acknowledged", "Messages that consumers have, and are not done with.", "short"),
            instant_query(or_zero(value("queue_messages_unacked"))),
        ),
        Stat(Metadata("Consumers", "Consumers of all queues.", "short"), instant_query(or_zero(value("consumers")))),
        Stat(
            Metadata("Connections", "Connections of all clients.", "short"),
            instant_query(or_zero(value("connections"))),
        ),
    ]


def _nodes() -> Section:
    keys = {"instance": "Node", "rabbitmq_version": "Version", "erlang_version": "Erlang"}
    by = ", ".join(keys)
    info = f"max by ({by}, dc) ({value('build_info')})"

    def column(query: str) -> str:
        return f"{info} * on ({NODE}) group_left () ({query})"

    memory = f"sum by ({NODE}) ({value('process_resident_memory_bytes')})"
    limit = f"sum by ({NODE}) ({value('resident_memory_limit_bytes')})"
    return "Nodes", [
        table(
            Metadata("All nodes", "One row for each node.", "short"),
            keys,
            [
                Column("Up for", column(total("erlang_uptime_seconds", NODE)), "s"),
                Column("Memory", column(f"{memory} / {limit}"), "percentunit", thresholds(0.8, 1), gauge_max=1),
                Column("Free on disk", column(total("disk_space_available_bytes", NODE)), "bytes"),
                Column("Ready", column(total("queue_messages_ready", NODE))),
                Column("Not acknowledged", column(total("queue_messages_unacked", NODE))),
                Column("Queues", column(total("queues", NODE))),
                Column("Connections", column(total("connections", NODE))),
                Column("Published", column(rate("global_messages_received_total", NODE)), "ops"),
            ],
        ),
    ]


def _queues() -> Section:
    keys = {"queue": "Queue", "vhost": "Virtual host", "instance": "Node"}
    by, is_of_queue = ", ".join(keys), 'queue!=""'

    def column(name: str) -> str:
        return f"max by ({by}) ({value(name, is_of_queue)})"

    return "Queues", [
        table(
            Metadata("All queues", "Only with the path /metrics/per-object; the longest stands on top.", "short"),
            keys,
            [
                Column("Ready", column("queue_messages_ready")),
                Column("Not acknowledged", column("queue_messages_unacked")),
                Column("Consumers", column("queue_consumers")),
                Column("Consumer capacity", column("queue_consumer_capacity"), "percentunit"),
                Column("Bytes", column("queue_messages_bytes"), "bytes"),
                Column("Memory", column("queue_process_memory_bytes"), "bytes"),
            ],
            sort="Ready",
        ),
    ]
