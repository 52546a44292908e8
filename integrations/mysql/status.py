"""SHOW GLOBAL STATUS: groups of counters have a label, all others a metric of their own."""

from collections.abc import Iterator
from functools import cache

from exporter.exposition.text import Family, Kind, Sample
from integrations.mysql.protocol import Answer
from integrations.mysql.values import label_of, name_of, value_of

STATUS = "SHOW GLOBAL STATUS"


def family(name: str, kind: Kind, text: str, labels: tuple[str, ...] = ()) -> Family:
    """Return a metric."""
    return Family(f"mysql_{name}", kind, f"MySQL: {text}.", labels, "%b")


def _group(name: str, label: str, text: str) -> Family:
    return family(f"global_status_{name}", "counter", text, (label,))


PAGES = family("global_status_buffer_pool_pages", "gauge", "pages of the buffer pool by state", ("state",))
DIRTY_PAGES = family("global_status_buffer_pool_dirty_pages", "gauge", "changed pages of the buffer pool")
PAGE_CHANGES = _group("buffer_pool_page_changes_total", "operation", "changes of pages of the buffer pool")
GROUPS = {
    "com_": _group("commands_total", "command", "statements by command"),
    "handler_": _group("handlers_total", "handler", "calls of a storage engine"),
    "connection_errors_": _group("connection_errors_total", "error", "connections that failed"),
    "innodb_rows_": _group("innodb_row_ops_total", "operation", "rows of InnoDB by operation"),
    "performance_schema_": _group(
        "performance_schema_lost_total", "instrumentation", "what performance_schema had no room for"
    ),
}
POOL = "innodb_buffer_pool_pages_"
STATES = frozenset({"data", "free", "misc", "old"})
GALERA_TEXTS = ("wsrep_local_state_uuid", "wsrep_cluster_state_uuid", "wsrep_provider_version")
GALERA_STATUS = family("galera_status_info", "gauge", "Galera's own words", GALERA_TEXTS)
LATENCY = "wsrep_evs_repl_latency"
LATENCIES = ("min_seconds", "avg_seconds", "max_seconds", "stdev", "sample_size")


@cache
def plain(name: str) -> Family:
    """Return the metric of a name of SHOW GLOBAL STATUS."""
    return family(f"global_status_{name}", "untyped", f"{name} of {STATUS}")


def read_status(answer: Answer) -> Iterator[Sample]:
    """Yield what the server counts."""
    texts: dict[str, str] = {}
    for raw_name, text, *_ in answer.rows:
        name = name_of(raw_name)
        value = value_of(text)
        if value is None:
            texts[name] = label_of(text)
        else:
            yield from _sample(name, value)
    if texts.get(GALERA_TEXTS[0]):
        yield Sample(GALERA_STATUS, 1, tuple(texts.get(name, "") for name in GALERA_TEXTS))
    parts = texts.get(LATENCY, "").split("/")
    if len(parts) == len(LATENCIES):
        for name, part in zip(LATENCIES, parts, strict=True):
            value = value_of(part.encode())
            if value is not None:
                yield Sample(family(f"galera_evs_repl_latency_{name}", "gauge", f"{LATENCY}, {name}"), value)


def _sample(name: str, value: float) -> Iterator[Sample]:
    if name.startswith(POOL):
        state = name.removeprefix(POOL)
        if state == "dirty":
            yield Sample(DIRTY_PAGES, value)
        elif state != "total":  # the sum of the others
            yield Sample(PAGES if state in STATES else PAGE_CHANGES, value, (state,))
        return
    for prefix, group in GROUPS.items():
        if name.startswith(prefix):
            yield Sample(group, value, (name.removeprefix(prefix),))
            return
    yield Sample(plain(name), value)
