"""Board *memcached*."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, at_least, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from integrations.memcached.board_queries import BY, OF, rate, value
from integrations.memcached.board_sections import connections, slab_classes

GETS = 'command="get"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "memcached",
        "memcached: hit rate, evictions, memory, connections, commands and slab classes.",
        [
            multi_variable("dc", "Datacenter", f"label_values(memcached_up{{{OF}}}, dc)"),
            multi_variable("instance", "Server", f'label_values(memcached_up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _servers(), _items(), _memory(), _commands(), connections(), slab_classes()],
        [alert_annotation('alertname=~"Memcached.*|Integration.*", dc=~"$dc"')],
    )


def _hit_rate(by: str = BY) -> str:
    hits, reads = rate("commands_total", GETS, 'status="hit"', by=by), rate("commands_total", GETS, by=by)
    return f"{hits} / ({reads} > 0)"


def _now() -> Section:
    full = f"{value('current_connections')} / ({value('max_connections')} > 0)"
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
            Metadata("Hit rate", "Reads that found their item, of all servers together.", "percentunit"),
            Query(_hit_rate("")),
            at_least(0.5),
        ),
        Stat(
            Metadata("Reads", "Reads per second, of all servers together.", "ops"),
            Query(rate("commands_total", GETS, by="")),
        ),
        Stat(
            Metadata("Evictions", "Items per second that went for lack of room, of all servers.", "ops"),
            Query(rate("items_evicted_total", by="")),
        ),
        Stat(
            Metadata("Most connections", "Connections over their limit, of the server with the most.", "percentunit"),
            instant_query(f"max({full})"),
            thresholds(0.8, 0.95),
        ),
    ]


def _servers() -> Section:
    keys = {"instance": "Server", "dc": "Datacenter", "version": "Version"}
    info = f"max by ({', '.join(keys)}) ({value('version')})"

    def column(query: str) -> str:
        return f"{info} * on ({BY}) group_left () (max by ({BY}) ({query}))"

    return "Servers", [
        table(
            Metadata("All servers", "One row for each server.", "short"),
            keys,
            [
                Column("Up for", column(value("uptime_seconds")), "s"),
                Column("Items", column(value("current_items"))),
                Column("Memory used", column(value("current_bytes")), "bytes"),
                Column("Memory limit", column(value("limit_bytes")), "bytes"),
                Column("Hit rate", column(_hit_rate()), "percentunit"),
                Column("Evictions", column(rate("items_evicted_total")), "ops"),
                Column("Connections", column(value("current_connections"))),
            ],
        ),
    ]


def _items() -> Section:
    return "Items", [
        timeseries(
            Metadata(
                "Hit rate", "Reads that found their item. It falls after a restart and by eviction.", "percentunit"
            ),
            [Query(_hit_rate(), "{{instance}}")],
            max_value=1,
        ).no_value("Nothing was read in this time"),
        timeseries(
            Metadata(
                "Evicted and reclaimed items", "Evicted items were still good; reclaimed ones had expired.", "ops"
            ),
            [
                Query(rate("items_evicted_total"), "{{instance}} evicted"),
                Query(rate("items_reclaimed_total"), "{{instance}} reclaimed"),
            ],
        ),
        timeseries(
            Metadata("Items", "Items in the cache. A fall to zero is a restart or a flush.", "short"),
            [Query(value("current_items"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Refused items", "Writes that failed: items too large, and no memory for them.", "ops"),
            [
                Query(rate("item_too_large_total"), "{{instance}} too large"),
                Query(rate("item_no_memory_total"), "{{instance}} no memory"),
            ],
        ).no_value("This version does not count them"),
    ]


def _memory() -> Section:
    return "Memory", [
        timeseries(
            Metadata("Memory over its limit", "A full cache is well: it evicts what is read least.", "percentunit"),
            [Query(f"{value('current_bytes')} / ({value('limit_bytes')} > 0)", "{{instance}}")],
        ),
        timeseries(
            Metadata("Memory", "What items take, and the pages of slab classes around them. A gap is waste.", "bytes"),
            [
                Query(value("current_bytes"), "{{instance}} items"),
                Query(value("malloced_bytes"), "{{instance}} pages"),
            ],
        ),
        timeseries(
            Metadata("CPU", "Cores that each server uses.", "short"),
            [
                Query(
                    f"{rate('process_user_cpu_seconds_total')} + {rate('process_system_cpu_seconds_total')}",
                    "{{instance}}",
                )
            ],
        ),
    ]


def _commands() -> Section:
    return "Commands", [
        timeseries(
            Metadata("Commands by name", "Per second, of all servers together.", "ops"),
            [Query(rate("commands_total", by="command"), "{{command}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Misses by command", "What asked for an item that is not there, per second.", "ops"),
            [Query(rate("commands_total", 'status="miss"', by="command"), "{{command}}")],
        ),
        timeseries(
            Metadata("Flushes", "Each empties the whole cache.", "ops"),
            [Query(rate("commands_total", 'command="flush"'), "{{instance}}")],
        ),
    ]
