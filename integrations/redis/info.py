"""Turns the answer of INFO into samples.

https://redis.io/docs/latest/commands/info/
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from exporter.exposition.distributions import Distribution
from exporter.exposition.text import Sample
from exporter.parsing.items import skip
from integrations.redis.families import (
    COMMANDS_DURATION,
    COMMANDS_FAILED,
    COMMANDS_REJECTED,
    COMMANDS_TOTAL,
    DB_AVERAGE_TTL,
    DB_KEYS,
    DB_KEYS_CACHED,
    DB_KEYS_EXPIRING,
    ERRORS,
    INSTANCE_INFO,
    IO_THREAD,
    START_TIME,
    plain,
    value_of,
)
from integrations.redis.fields import COUNTERS, GAUGES
from integrations.redis.replication import read_replication

DATABASES = 16  # where CONFIG does not tell how many there are
THREAD = re.compile(r"used_active_time_io_thread_([0-9]+)")
# Sections whose lines are no fields of their own.
LISTS = frozenset({"Commandstats", "Latencystats", "Errorstats", "Keyspace"})


class Info(NamedTuple):
    """The answer by section, each field that stands for itself, and the numbers of each command."""

    sections: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, str]
    commands: Mapping[str, Mapping[str, float]]


def parse_info(text: str) -> Info:
    """Return the answer; raise ValueError when it is none of INFO."""
    sections: dict[str, dict[str, str]] = {}
    section = sections.setdefault("", {})
    for line in text.splitlines():
        if line.startswith("# "):
            section = sections.setdefault(line[2:].strip(), {})
        else:
            key, colon, value = line.partition(":")
            if colon:
                section[key] = value.strip()
    fields = {key: value for name, part in sections.items() if name not in LISTS for key, value in part.items()}
    if "redis_version" not in fields:
        raise ValueError("INFO: expected the field redis_version: this is no Redis")
    return Info(sections, fields, _command_stats(sections.get("Commandstats", {})))


def read_info(info: Info, now: float, databases: int = 0) -> Iterator[Sample]:
    """Yield the samples of INFO; `databases` is how many CONFIG tells of, 0 where it tells nothing."""
    yield from _fields(info.fields)
    yield from read_replication(info.sections.get("Replication", {}))
    yield Sample(INSTANCE_INFO, 1, tuple(info.fields.get(name, "") for name in INSTANCE_INFO.labels))
    if (uptime := value_of(info.fields.get("uptime_in_seconds", ""))) is not None:
        yield Sample(START_TIME, int(now) - uptime)
    yield from _keyspace(info.sections.get("Keyspace", {}), databases)
    yield from _commands(info.commands)
    for key, text in info.sections.get("Errorstats", {}).items():
        if (count := value_of(text.removeprefix("count="))) is not None:
            yield Sample(ERRORS, count, (key.removeprefix("errorstat_"),))


def _fields(fields: Mapping[str, str]) -> Iterator[Sample]:
    for field, text in fields.items():
        name = GAUGES.get(field) or COUNTERS.get(field) or (field if field.startswith("cluster_") else "")
        if name and (value := value_of(text)) is not None:
            value = value / 1e6 if field == "latest_fork_usec" else value
            yield Sample(plain(name, "counter" if field in COUNTERS else "gauge", field), value)
        elif (thread := THREAD.fullmatch(field)) and (value := value_of(text)) is not None:
            yield Sample(IO_THREAD, value, (thread[1],))


def _keyspace(section: Mapping[str, str], databases: int) -> Iterator[Sample]:
    for database, text in section.items():
        pairs = dict(pair.partition("=")[::2] for pair in text.split(","))
        keys, expiring = value_of(pairs.get("keys", "")), value_of(pairs.get("expires", ""))
        if keys is None or expiring is None:
            skip(f"INFO keyspace: {database}:{text[:80]}", "expected keys=N,expires=N")
            continue
        yield Sample(DB_KEYS, keys, (database,))
        yield Sample(DB_KEYS_EXPIRING, expiring, (database,))
        if (cached := value_of(pairs.get("cached_keys", ""))) is not None:  # KeyDB's
            yield Sample(DB_KEYS_CACHED, cached, (database,))
        if (ttl := value_of(pairs.get("avg_ttl", ""))) is not None:
            yield Sample(DB_AVERAGE_TTL, ttl / 1000, (database,))
    for database in (f"db{number}" for number in range(databases or DATABASES)):
        if database not in section:
            yield Sample(DB_KEYS, 0, (database,))
            yield Sample(DB_KEYS_EXPIRING, 0, (database,))


def _commands(commands: Mapping[str, Mapping[str, float]]) -> Iterator[Sample]:
    for command, pairs in commands.items():
        yield Sample(COMMANDS_TOTAL, pairs["calls"], (command,))
        yield Sample(COMMANDS_DURATION, pairs["usec"] / 1e6, (command,))
        if "rejected_calls" in pairs and "failed_calls" in pairs:
            yield Sample(COMMANDS_REJECTED, pairs["rejected_calls"], (command,))
            yield Sample(COMMANDS_FAILED, pairs["failed_calls"], (command,))


def _command_stats(section: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return the numbers of each command of the section Commandstats; one without calls and time is left out."""
    commands = {}
    for key, text in section.items():
        numbers = {name: value_of(value) for name, _, value in (pair.partition("=") for pair in text.split(","))}
        known = {name: value for name, value in numbers.items() if value is not None}
        if "calls" in known and "usec" in known:
            commands[key.removeprefix("cmdstat_")] = known
        else:
            skip(f"INFO commandstats: {key}:{text[:80]}", "expected calls=N,usec=N")
    return commands


def read_percentiles(info: Info) -> list[Distribution]:
    """Return the latency percentiles of each command, in microseconds, as far as the server tracks them."""
    distributions = []
    for key, text in info.sections.get("Latencystats", {}).items():
        command = key.removeprefix("latency_percentiles_usec_")
        points = {}
        for name, _, value_text in (pair.partition("=") for pair in text.split(",")):
            point, value = value_of(name.removeprefix("p")), value_of(value_text)
            if point is not None and value is not None:
                points[point] = value
        if command in info.commands:
            numbers = info.commands[command]
            distributions.append(Distribution((command,), points, numbers["usec"], int(numbers["calls"])))
    return distributions
