"""Which line of `stats` is which metric: the names are those of memcached_exporter 0.15, which boards and rules know.

https://github.com/prometheus/memcached_exporter
"""

from exporter.exposition.text import Family, Kind

PREFIX = "memcached_"
OF_SLAB = ("slab",)


def _family(name: str, kind: Kind, source: str, labels: tuple[str, ...] = ()) -> Family:
    return Family(PREFIX + name, kind, f"memcached: {source}.", labels, "%b")


def _read(command: str, kind: Kind, table: str, labels: tuple[str, ...] = ()) -> dict[str, Family]:
    """Return family by stat of lines `stat metric`."""
    pairs = (line.split() for line in table.strip().splitlines())
    return {stat: _family(name, kind, f"{stat} of {command}", labels) for stat, name in pairs}


UP = Family("memcached_up", "gauge", "Whether the server answered.", (), "%b")
VERSION = _family("version", "gauge", "its version, always 1", ("version",))
COMMANDS = _family("commands_total", "counter", "commands by what came of them", ("command", "status"))
SLAB_COMMANDS = _family(
    "slab_commands_total", "counter", "commands of a slab class by what came of them", ("slab", "command", "status")
)
SLAB_HITS = _family("slab_lru_hits_total", "counter", "reads that hit, by list of a slab class", ("slab", "lru"))
OPERATIONS = ("get", "delete", "incr", "decr", "cas", "touch")
HITS = {"hits_to_hot": "hot", "hits_to_warm": "warm", "hits_to_cold": "cold", "hits_to_temp": "temporary"}
STATS = {
    **_read("stats", "counter", """
        uptime uptime_seconds
        rusage_user process_user_cpu_seconds_total
        rusage_system process_system_cpu_seconds_total
        bytes_read read_bytes_total
        bytes_written written_bytes_total
        total_connections connections_total
        rejected_connections connections_rejected_total
        conn_yields connections_yielded_total
        listen_disabled_num connections_listener_disabled_total
        total_items items_total
        evictions items_evicted_total
        reclaimed items_reclaimed_total
        store_too_large item_too_large_total
        store_no_memory item_no_memory_total
        direct_reclaims direct_reclaims_total
        lru_crawler_starts lru_crawler_starts_total
        crawler_reclaimed lru_crawler_reclaimed_total
        crawler_items_checked lru_crawler_items_checked_total
        moves_to_cold lru_crawler_moves_to_cold_total
        moves_to_warm lru_crawler_moves_to_warm_total
        moves_within_lru lru_crawler_moves_within_lru_total
    """),
    **_read("stats", "gauge", """
        time time_seconds
        curr_connections current_connections
        bytes current_bytes
        limit_maxbytes limit_bytes
        curr_items current_items
        accepting_conns accepting_connections
    """),
}  # fmt: skip
EXTSTORE = {
    **_read("stats", "counter", """
        extstore_compact_lost extstore_compact_lost_total
        extstore_compact_rescues extstore_compact_rescued_total
        extstore_compact_skipped extstore_compact_skipped_total
        extstore_page_allocs extstore_pages_allocated_total
        extstore_page_evictions extstore_pages_evicted_total
        extstore_page_reclaims extstore_pages_reclaimed_total
        extstore_objects_evicted extstore_objects_evicted_total
        extstore_objects_read extstore_objects_read_total
        extstore_objects_written extstore_objects_written_total
        extstore_bytes_evicted extstore_bytes_evicted_total
        extstore_bytes_written extstore_bytes_written_total
        extstore_bytes_read extstore_bytes_read_total
        extstore_bytes_used extstore_bytes_used
    """),
    **_read("stats", "gauge", """
        extstore_pages_free extstore_pages_free
        extstore_pages_used extstore_pages_used
        extstore_objects_used extstore_objects_used
        extstore_bytes_fragmented extstore_bytes_fragmented
        extstore_limit_maxbytes extstore_bytes_limit
        extstore_io_queue extstore_io_queue_depth
    """),
}  # fmt: skip
MALLOCED = _read("stats slabs", "gauge", "total_malloced malloced_bytes")
MAX_CONNECTIONS = _read("stats settings", "gauge", "maxconns max_connections")
CRAWLER = _read("stats settings", "gauge", """
    lru_crawler lru_crawler_enabled
    lru_crawler_sleep lru_crawler_sleep
    lru_crawler_tocrawl lru_crawler_to_crawl
    lru_maintainer_thread lru_crawler_maintainer_thread
    hot_lru_pct lru_crawler_hot_percent
    warm_lru_pct lru_crawler_warm_percent
    hot_max_factor lru_crawler_hot_max_factor
    warm_max_factor lru_crawler_warm_max_factor
""")  # fmt: skip
SLABS = _read("stats slabs", "gauge", """
    chunk_size slab_chunk_size_bytes
    chunks_per_page slab_chunks_per_page
    total_pages slab_current_pages
    total_chunks slab_current_chunks
    used_chunks slab_chunks_used
    free_chunks slab_chunks_free
    free_chunks_end slab_chunks_free_end
""", OF_SLAB)  # fmt: skip
ITEMS = {
    **_read("stats items", "gauge", """
        number slab_current_items
        age slab_items_age_seconds
        number_hot slab_hot_items
        number_warm slab_warm_items
        number_cold slab_cold_items
        number_temp slab_temporary_items
        age_hot slab_hot_age_seconds
        age_warm slab_warm_age_seconds
    """, OF_SLAB),
    **_read("stats items", "counter", """
        crawler_reclaimed slab_items_crawler_reclaimed_total
        evicted slab_items_evicted_total
        evicted_nonzero slab_items_evicted_nonzero_total
        evicted_time slab_items_evicted_time_seconds
        evicted_unfetched slab_items_evicted_unfetched_total
        expired_unfetched slab_items_expired_unfetched_total
        outofmemory slab_items_outofmemory_total
        reclaimed slab_items_reclaimed_total
        tailrepairs slab_items_tailrepairs_total
        mem_requested slab_mem_requested_bytes
        moves_to_cold slab_items_moves_to_cold
        moves_to_warm slab_items_moves_to_warm
        moves_within_lru slab_items_moves_within_lru
    """, OF_SLAB),
}  # fmt: skip
