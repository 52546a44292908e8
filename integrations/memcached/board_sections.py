"""The sections of the board *memcached* about connections and slab classes."""

from dashboards.panels.board import Section
from dashboards.panels.colours import NEUTRAL, OK
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query
from dashboards.panels.timeseries import timeseries
from integrations.memcached.board_queries import rate, value


def connections() -> Section:
    """Return the section of connections and their traffic."""
    return "Connections", [
        timeseries(
            Metadata("Connections over their limit", "At 1 a server turns further clients away.", "percentunit"),
            [Query(f"{value('current_connections')} / ({value('max_connections')} > 0)", "{{instance}}")],
        ),
        timeseries(
            Metadata("New and rejected connections", "Per second. Many new ones: a client without a pool.", "ops"),
            [
                Query(rate("connections_total"), "{{instance}} new"),
                Query(rate("connections_rejected_total"), "{{instance}} rejected"),
                Query(rate("connections_listener_disabled_total"), "{{instance}} stopped to listen"),
            ],
        ),
        timeseries(
            Metadata("Connections that had to yield", "They sent so much that others got their turn first.", "ops"),
            [Query(rate("connections_yielded_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata("memcached traffic", "Bits that all servers received and sent, per second.", "bps"),
            [
                Query(f"8 * {rate('read_bytes_total', by='')}", "received"),
                Query(f"8 * {rate('written_bytes_total', by='')}", "sent"),
            ],
            {"received": NEUTRAL, "sent": OK},
        ),
    ]


def slab_classes() -> Section:
    """Return the section of slab classes: items of about one size share the pages of one."""
    size = "sum by (slab)"
    return "Slab classes", [
        timeseries(
            Metadata(
                "Pages by slab class", "Where memory is. A class that evicts while others idle lacks some.", "short"
            ),
            [Query(f"topk(10, {size} ({value('slab_current_pages')}))", "class {{slab}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Evictions by slab class", "Items per second that went for lack of room.", "ops"),
            [Query(f"topk(10, {rate('slab_items_evicted_total', by='slab')})", "class {{slab}}")],
        ),
        timeseries(
            Metadata("Age of the last evicted item", "Since its last use. Short is a cache that is too small.", "s"),
            [Query(f"max by (slab) ({value('slab_items_evicted_time_seconds')})", "class {{slab}}")],
        ),
        timeseries(
            Metadata("Used chunks", "Share of the chunks of a class that hold an item.", "percentunit"),
            [
                Query(
                    f"{size} ({value('slab_chunks_used')}) / ({size} ({value('slab_current_chunks')}) > 0)",
                    "class {{slab}}",
                )
            ],
            max_value=1,
        ),
    ]
