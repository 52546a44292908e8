"""The sections of the board *RabbitMQ* about limits, queues, messages, clients and Erlang."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.timeseries import timeseries
from integrations.rabbitmq.board_queries import rate, total, value


def limits() -> Section:
    """Return the section of what blocks publishers, or refuses clients."""
    memory = f"{value('process_resident_memory_bytes')} / {value('resident_memory_limit_bytes')}"
    disk = f"{value('disk_space_available_bytes')} - {value('disk_space_available_limit_bytes')}"
    return "Limits", [
        timeseries(
            Metadata("Memory over its watermark", "At 1 all publishers of the cluster are blocked.", "percentunit"),
            [Query(memory, "{{instance}}")],
        ),
        timeseries(
            Metadata("Disk above its limit", "At 0 all publishers of the cluster are blocked.", "bytes"),
            [Query(disk, "{{instance}}")],
            signed=True,
        ),
        timeseries(
            Metadata("Descriptors over their limit", "At 1 no further client connects.", "percentunit"),
            [Query(f"{value('process_open_fds')} / {value('process_max_fds')}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Alarms", "1 while an alarm blocks the publishers.", "bool_yes_no"),
            [
                Query(value("alarms_memory_used_watermark"), "{{instance}} memory"),
                Query(value("alarms_free_disk_space_watermark"), "{{instance}} disk"),
            ],
            max_value=1,
        ),
        timeseries(
            Metadata("Nodes that are missing", "Nodes of the cluster that a node can't reach.", "short"),
            [Query(value("unreachable_cluster_peers_count"), "{{instance}}")],
        ).no_value("Older than RabbitMQ 4"),
    ]


def queues() -> Section:
    """Return the section of what lies in queues."""
    return "Messages in queues", [
        timeseries(
            Metadata("Ready", "Messages that wait to be delivered.", "short"),
            [Query(total("queue_messages_ready"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Not acknowledged", "Messages that consumers have, and are not done with.", "short"),
            [Query(total("queue_messages_unacked"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Bytes", "Size of all messages, and of those in memory.", "bytes"),
            [
                Query(total("queue_messages_bytes"), "{{instance}}"),
                Query(total("queue_messages_ram_bytes"), "{{instance}} in memory"),
            ],
        ),
        timeseries(
            Metadata("Queues", "Queues of each node.", "short"),
            [Query(total("queues"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Queues that come and go", "Queues made and deleted, per second.", "ops"),
            [
                Query(rate("queues_created_total"), "{{instance}} made"),
                Query(rate("queues_deleted_total"), "{{instance}} deleted"),
            ],
        ),
    ]


def incoming() -> Section:
    """Return the section of what publishers send."""
    lost = {"dropped": CRITICAL, "returned": WARNING}
    return "Messages that come", [
        timeseries(
            Metadata("Published", "Messages that publishers send, per second.", "ops"),
            [Query(rate("global_messages_received_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Routed and confirmed", "Messages that reached a queue, and that were confirmed.", "ops"),
            [
                Query(rate("global_messages_routed_total"), "{{instance}} routed"),
                Query(rate("global_messages_confirmed_total"), "{{instance}} confirmed"),
            ],
        ),
        timeseries(
            Metadata("Without a queue", "Messages that no binding takes: dropped, or returned.", "ops"),
            [
                Query(f"sum({rate('global_messages_unroutable_dropped_total')})", "dropped"),
                Query(f"sum({rate('global_messages_unroutable_returned_total')})", "returned"),
            ],
            lost,
        ),
        timeseries(
            Metadata("Not confirmed yet", "Messages whose publishers wait for a confirmation.", "short"),
            [Query(total("channel_messages_unconfirmed"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Publishers", "Channels that publish.", "short"),
            [Query(total("global_publishers"), "{{instance}}")],
        ),
    ]


def outgoing() -> Section:
    """Return the section of what consumers take."""
    automatic, manual = "global_messages_delivered_{}_auto_ack_total", "global_messages_delivered_{}_manual_ack_total"
    return "Messages that go", [
        timeseries(
            Metadata("Delivered", "Messages that consumers get, per second.", "ops"),
            [
                Query(rate(manual.format("consume")), "{{instance}} to acknowledge"),
                Query(rate(automatic.format("consume")), "{{instance}} without"),
            ],
        ),
        timeseries(
            Metadata("Acknowledged", "Messages that consumers are done with, per second.", "ops"),
            [Query(rate("global_messages_acknowledged_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Delivered again", "Messages that came back: a consumer rejected them, or went.", "ops"),
            [Query(rate("global_messages_redelivered_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Fetched one by one", "`basic.get`, per second; what finds nothing is waste.", "ops"),
            [
                Query(f"{rate(manual.format('get'))} + {rate(automatic.format('get'))}", "{{instance}}"),
                Query(rate("global_messages_get_empty_total"), "{{instance}} nothing"),
            ],
        ),
        timeseries(
            Metadata("Consumers", "Consumers of each node.", "short"),
            [Query(total("consumers"), "{{instance}}")],
        ),
    ]


def clients() -> Section:
    """Return the section of connections and channels."""
    return "Clients", [
        timeseries(
            Metadata("Connections", "Connections of each node.", "short"),
            [Query(total("connections"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Connections that come and go", "Per second. Many: a client without a lasting one.", "ops"),
            [
                Query(rate("connections_opened_total"), "{{instance}} opened"),
                Query(rate("connections_closed_total"), "{{instance}} closed"),
            ],
        ),
        timeseries(
            Metadata("Channels", "Channels of each node; some for each connection.", "short"),
            [Query(total("channels"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Traffic of clients", "Bits from and to clients, per second.", "bps"),
            [
                Query(f"8 * {rate('connection_incoming_bytes_total')}", "{{instance}} received"),
                Query(f"8 * {rate('connection_outgoing_bytes_total')}", "{{instance}} sent"),
            ],
        ),
    ]


def erlang() -> Section:
    """Return the section of the virtual machine."""
    used, most = value("erlang_processes_used"), value("erlang_processes_limit")
    return "Erlang", [
        timeseries(
            Metadata("Memory", "Memory that the kernel has given it.", "bytes"),
            [Query(value("process_resident_memory_bytes"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Processes over their limit", "Connections, channels and queues are processes.", "percentunit"),
            [Query(f"{used} / {most}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Run queue", "Processes that wait for a scheduler: more than some means too little CPU.", "short"),
            [Query(value("erlang_scheduler_run_queue"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Garbage collection", "Bytes that it reclaims, per second.", "Bps"),
            [Query(f"rate({value('erlang_gc_reclaimed_bytes_total')}[{RATE}])", "{{instance}}")],
        ),
    ]
