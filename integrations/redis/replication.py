"""Reads the sections Replication and Sentinel of INFO, and what sentinels say of their masters."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter.exposition.text import Sample
from exporter.parsing.items import skip
from integrations.redis.families import (
    CONNECTED_LAG,
    CONNECTED_OFFSET,
    MASTER_LAST_IO,
    MASTER_LINK_UP,
    MASTER_SYNC,
    OF_SENTINEL_MASTER,
    REPLICA_INFO,
    REPLICA_OFFSET,
    SENTINEL_FIELDS,
    SENTINEL_OK_REPLICAS,
    SENTINEL_OK_SENTINELS,
    SENTINEL_QUORUM,
    SENTINEL_REPLICAS,
    SENTINEL_SENTINELS,
    SENTINEL_STATUS,
    labelled,
    value_of,
)

REPLICA = re.compile(r"slave[0-9]+")
MASTER = re.compile(r"master[0-9]+")
DOWN = ("o_down", "s_down")


def read_replication(section: Mapping[str, str]) -> Iterator[Sample]:
    """Yield what the section says of the master of this server, and of its replicas."""
    if section.get("role") == "slave":
        yield from _own_master(section)
    for key, text in section.items():
        if REPLICA.fullmatch(key):
            yield from _replica(key, text)


def _own_master(section: Mapping[str, str]) -> Iterator[Sample]:
    master = section.get("master_host", ""), section.get("master_port", "")
    yield Sample(REPLICA_INFO, 1, (*master, section.get("slave_read_only", "")))
    if "master_link_status" in section:
        yield Sample(MASTER_LINK_UP, int(section["master_link_status"] == "up"), master)
    fields = {
        "master_last_io_seconds_ago": MASTER_LAST_IO,
        "master_sync_in_progress": MASTER_SYNC,
        "slave_repl_offset": REPLICA_OFFSET,
    }
    for field, family in fields.items():
        if (value := value_of(section.get(field, ""))) is not None:
            yield Sample(family, value, master)


def _replica(key: str, text: str) -> Iterator[Sample]:
    pairs = dict(pair.partition("=")[::2] for pair in text.split(","))
    labels = pairs.get("ip", ""), pairs.get("port", ""), pairs.get("state", "")
    offset, lag = value_of(pairs.get("offset", "")), value_of(pairs.get("lag", ""))
    if offset is None:
        skip(f"INFO replication: {key}:{text[:80]}", "expected offset=N")
        return
    yield Sample(CONNECTED_OFFSET, offset, labels)
    if lag is not None and lag >= 0:
        yield Sample(CONNECTED_LAG, lag, labels)


def read_sentinel_info(section: Mapping[str, str]) -> Iterator[Sample]:
    """Yield what the section Sentinel of INFO says of each master."""
    for key, text in section.items():
        if not MASTER.fullmatch(key):
            continue
        pairs = dict(pair.partition("=")[::2] for pair in text.split(","))
        labels = pairs.get("name", ""), pairs.get("address", "")
        replicas, sentinels = value_of(pairs.get("slaves", "")), value_of(pairs.get("sentinels", ""))
        if replicas is None or sentinels is None:
            skip(f"INFO sentinel: {key}:{text[:80]}", "expected slaves=N,sentinels=N")
            continue
        status = pairs.get("status", "")
        yield Sample(SENTINEL_STATUS, int(status == "ok"), (*labels, status))
        yield Sample(SENTINEL_REPLICAS, replicas, labels)
        yield Sample(SENTINEL_SENTINELS, sentinels, labels)


def as_mapping(reply: Any) -> dict[str, str]:
    """Return a flat list of names and values as a mapping; what is none gives an empty one."""
    if not isinstance(reply, list):
        return {}
    texts = [part.decode("utf-8", "surrogateescape") if isinstance(part, bytes) else str(part) for part in reply]
    return dict(zip(texts[::2], texts[1::2], strict=False))


def read_master(master: Mapping[str, str], quorum: tuple[bool, str]) -> Iterator[Sample]:
    """Yield the settings of a master that SENTINEL MASTERS tells, and whether its quorum can be reached."""
    labels = master.get("name", ""), f"{master.get('ip', '')}:{master.get('port', '')}"
    yield Sample(SENTINEL_QUORUM, int(quorum[0]), (labels[0], quorum[1]))
    for field, (name, divisor) in SENTINEL_FIELDS.items():
        if (value := value_of(master.get(field, ""))) is not None:
            text = f"{field} of a master"
            yield Sample(labelled(name, "gauge", text, OF_SENTINEL_MASTER), value / divisor, labels)


def read_peers(master: Mapping[str, str], sentinels: Sequence[Any], replicas: Sequence[Any]) -> Iterator[Sample]:
    """Yield how many sentinels (this one included) and replicas of a master answer."""
    labels = master.get("name", ""), f"{master.get('ip', '')}:{master.get('port', '')}"
    yield Sample(SENTINEL_OK_SENTINELS, 1 + _count_ok(sentinels), labels)
    yield Sample(SENTINEL_OK_REPLICAS, _count_ok(replicas), labels)


def _count_ok(peers: Sequence[Any]) -> int:
    flags = [as_mapping(peer).get("flags") for peer in peers]
    return sum(text is not None and not any(word in text for word in DOWN) for text in flags)
