"""SHOW REPLICA STATUS, under its names of today and before; and what InnoDB compresses."""

import re
from collections.abc import Iterator

from exporter.exposition.text import Sample
from integrations.mysql.protocol import Answer
from integrations.mysql.status import family
from integrations.mysql.values import label_of, name_of, value_of

OF_REPLICA = ("master_host", "master_uuid", "channel_name", "connection_name")
OF_POSITION = (*OF_REPLICA, "domain_id", "server_id")
# The label by the columns that have it: MySQL since 8.4 and before; MariaDB.
COLUMNS = {
    "master_host": ("Master_Host", "Source_Host"),
    "master_uuid": ("Master_UUID", "Source_UUID"),
    "channel_name": ("Channel_Name",),
    "connection_name": ("Connection_name",),
}
POSITIONS = ("Gtid_IO_Pos", "Gtid_Slave_Pos")
POSITION = re.compile(r"(\d{1,20})-(\d{1,20})-(\d{1,20})")
COMPRESSED = (
    "SELECT page_size, compress_ops, compress_ops_ok, compress_time, uncompress_ops, uncompress_time "
    "FROM information_schema.innodb_cmp"
)
COMPRESSED_MEMORY = (
    "SELECT page_size, buffer_pool_instance, pages_used, pages_free, relocation_ops, relocation_time "
    "FROM information_schema.innodb_cmpmem"
)
BY_SIZE, BY_POOL = ("page_size",), ("page_size", "buffer_pool")
COMPRESSED_FAMILIES = tuple(
    family(f"info_schema_innodb_cmp_{name}_total", "counter", f"{name} of innodb_cmp", BY_SIZE)
    for name in (
        "compress_ops",
        "compress_ops_ok",
        "compress_time_seconds",
        "uncompress_ops",
        "uncompress_time_seconds",
    )
)
MEMORY_FAMILIES = tuple(
    family(f"info_schema_innodb_cmpmem_{name}_total", "counter", f"{name} of innodb_cmpmem", BY_POOL)
    for name in ("pages_used", "pages_free", "relocation_ops", "relocation_time_seconds")
)
IN_MILLISECONDS = MEMORY_FAMILIES[-1]


def replica_statement(version: str) -> str:
    """Return what a server of that version calls the status of its replication."""
    if "MariaDB" in version:
        return "SHOW ALL SLAVES STATUS"
    numbers = [int(number) for number in re.findall(r"\d{1,5}", version)[:2]]
    return "SHOW REPLICA STATUS" if numbers >= [8, 4] else "SHOW SLAVE STATUS"


def read_replicas(answer: Answer) -> Iterator[Sample]:
    """Yield the status of each connection to a source; a server without any is no replica."""
    for row in answer.rows:
        texts = dict(zip(answer.columns, row, strict=True))
        labels = tuple(
            next((label_of(texts[column]) for column in columns if texts.get(column)), "")
            for columns in COLUMNS.values()
        )
        for column, text in texts.items():
            value = value_of(text)
            if value is not None:
                name = f"slave_status_{name_of(column.encode())}"
                yield Sample(family(name, "untyped", f"{column} of SHOW REPLICA STATUS", OF_REPLICA), value, labels)
        for column in POSITIONS:
            for domain, server, number in POSITION.findall(label_of(texts.get(column))):
                name = f"slave_status_{column.lower()}"
                position = family(name, "gauge", f"{column} of SHOW REPLICA STATUS", OF_POSITION)
                yield Sample(position, int(number), (*labels, domain, server))


def read_compressed(answer: Answer) -> Iterator[Sample]:
    """Yield what InnoDB compressed on disk, by the size of a page."""
    for size, *texts in answer.rows:
        for of, text in zip(COMPRESSED_FAMILIES, texts, strict=True):
            yield Sample(of, value_of(text) or 0, (label_of(size),))


def read_compressed_memory(answer: Answer) -> Iterator[Sample]:
    """Yield what InnoDB holds compressed in memory."""
    for size, pool, *texts in answer.rows:
        for of, text in zip(MEMORY_FAMILIES, texts, strict=True):
            value = value_of(text) or 0
            yield Sample(of, value / 1000 if of is IN_MILLISECONDS else value, (label_of(size), label_of(pool)))
