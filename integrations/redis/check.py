"""The check of Redis and Valkey: what redis_exporter tells by default, under its names.

Two round trips: INFO, then all that the server is known to answer. A command that it refused is not sent again as long
as it runs, for a refusal counts as an error in the server's own statistics.
"""

import time
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any, ClassVar

from exporter.base.check import DeniedError, Login, Server
from exporter.exposition.distributions import Distribution, render_distributions
from exporter.exposition.text import Sample, render
from integrations.redis.families import (
    BUFFER_LIMIT,
    BUFFER_SECONDS,
    CONNECT_SECONDS,
    LATENCIES,
    PERCENTILES,
    SCRAPE_ERROR,
    SCRAPE_SECONDS,
    SPIKE_LAST,
    SPIKE_SECONDS,
    UP,
    plain,
    value_of,
)
from integrations.redis.fields import COMMAND_LOG_OPTIONS, GAUGES, OPTIONS
from integrations.redis.info import Info, command_stats, parse_info, read_info, read_percentiles
from integrations.redis.protocol import Connection, ReplyError
from integrations.redis.replication import as_mapping, read_master, read_peers, read_sentinel_info

DENIED = ("NOAUTH", "WRONGPASS", "NOPERM", "ERR invalid password", "ERR Client sent AUTH")
COMMAND_LOGS = {"slow": "slow", "large-request": "large_request", "large-reply": "large_reply"}
Command = tuple[str, ...]


class Check:
    """Asks one server; keeps which commands it refused."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._refused: set[Command] = set()
        self._run_id = ""

    def page_when_down(self) -> bytes:
        """Return `redis_up 0`."""
        return render([Sample(UP, 0)])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page; raises as `exporter.base.check.Check` says."""
        began = monotonic()
        with Connection(server.host, server.port, timeout_seconds) as connection:
            connected = monotonic()
            info = self._open(connection, login)
            samples, histograms = self._samples(connection, info)
        samples += [
            Sample(UP, 1),
            Sample(SCRAPE_ERROR, 0, ("",)),
            Sample(SCRAPE_SECONDS, monotonic() - began),
            Sample(CONNECT_SECONDS, connected - began),
        ]
        percentiles = render_distributions(PERCENTILES, read_percentiles(info))
        return render(samples) + percentiles + render_distributions(LATENCIES, histograms)

    def _open(self, connection: Connection, login: Login) -> Info:
        try:
            if login.password:
                connection.call("AUTH", *([login.user] if login.user else []), login.password)
            info = parse_info(connection.text("INFO", "all"))
        except ReplyError as error:
            if str(error).startswith(DENIED):
                raise DeniedError(str(error)) from None
            raise ValueError(f"INFO: {error}") from error
        if info.fields.get("run_id", "") != self._run_id:  # another one, or it started anew: perhaps a newer version
            self._refused, self._run_id = set(), info.fields.get("run_id", "")
        return info

    def _samples(self, connection: Connection, info: Info) -> tuple[list[Sample], list[Distribution]]:
        is_sentinel, is_cluster = "Sentinel" in info.sections, info.fields.get("cluster_enabled") == "1"
        samples = list(read_sentinel_info(info.sections.get("Sentinel", {})))
        options = {} if is_sentinel else self._options(connection)
        databases = 1 if is_cluster else int(value_of(options.get("databases", "")) or 0)
        samples += read_info(info, time.time(), databases)
        samples += _options(options)
        if is_sentinel:
            return samples + list(self._sentinel(connection)), []
        if is_cluster and (text := self._ask(connection, "CLUSTER", "INFO")):
            pairs = (line.partition(":") for line in text.decode("utf-8", "replace").splitlines())
            samples += [
                Sample(plain(GAUGES.get(name, name), "gauge", "CLUSTER INFO"), value)
                for name, _, value_text in pairs
                if name.startswith("cluster_") and (value := value_of(value_text)) is not None
            ]
        samples += self._logs(connection)
        return samples, _latencies(self._ask(connection, "LATENCY", "HISTOGRAM"), info)

    def _ask(self, connection: Connection, *command: str) -> Any:
        """Return the answer, None where the server refuses (now or before)."""
        if command in self._refused:
            return None
        try:
            return connection.call(*command)
        except ReplyError:
            self._refused.add(command)
            return None

    def _options(self, connection: Connection) -> dict[str, str]:
        names = ("databases", "client-output-buffer-limit", *OPTIONS)
        answers = [as_mapping(self._ask(connection, "CONFIG", "GET", name)) for name in names]
        answers.append(as_mapping(self._ask(connection, "CONFIG", "GET", "commandlog-*")))
        return {name: value for answer in answers for name, value in answer.items()}

    def _logs(self, connection: Connection) -> Iterator[Sample]:
        length = self._ask(connection, "SLOWLOG", "LEN")
        if isinstance(length, int):
            yield Sample(plain("slowlog_length", "gauge", "SLOWLOG LEN"), length)
        entries = self._ask(connection, "SLOWLOG", "GET", "1")
        if isinstance(entries, list):
            entry = entries[0] if entries and isinstance(entries[0], list) and len(entries[0]) > 2 else [0, 0, 0]
            yield Sample(plain("slowlog_last_id", "gauge", "SLOWLOG GET"), entry[0])
            family = plain("last_slow_execution_duration_seconds", "gauge", "SLOWLOG GET")
            yield Sample(family, entry[2] / 1e6)
        for kind, name in COMMAND_LOGS.items():
            length = self._ask(connection, "COMMANDLOG", "LEN", kind)
            if isinstance(length, int):
                yield Sample(plain(f"commandlog_{name}_length", "gauge", f"COMMANDLOG LEN {kind}"), length)
        for event in self._ask(connection, "LATENCY", "LATEST") or ():
            if isinstance(event, list) and len(event) >= 3 and isinstance(event[0], bytes):
                name = event[0].decode("utf-8", "replace")
                yield Sample(SPIKE_LAST, event[1], (name,))
                yield Sample(SPIKE_SECONDS, event[2] / 1000, (name,))

    def _sentinel(self, connection: Connection) -> Iterator[Sample]:
        for reply in self._ask(connection, "SENTINEL", "MASTERS") or ():
            master = as_mapping(reply)
            name = master.get("name", "")
            yield from read_master(master, _quorum(connection, name))
            sentinels = self._ask(connection, "SENTINEL", "SENTINELS", name) or []
            yield from read_peers(master, sentinels, self._ask(connection, "SENTINEL", "SLAVES", name) or [])


def _quorum(connection: Connection, master: str) -> tuple[bool, str]:
    """Return whether the sentinels agree on who may fail over, and what they say."""
    try:
        return True, connection.text("SENTINEL", "CKQUORUM", master)
    except ReplyError as error:
        return False, str(error)


def _options(options: dict[str, str]) -> Iterator[Sample]:
    for name in (*OPTIONS, *COMMAND_LOG_OPTIONS):
        if (value := value_of(options.get(name, ""))) is not None:
            metric = name.replace("-", "_")
            family = plain(metric if name in COMMAND_LOG_OPTIONS else f"config_{metric}", "gauge", f"CONFIG GET {name}")
            yield Sample(family, value)
    words = options.get("client-output-buffer-limit", "").split()
    for group, *limits in zip(words[::4], words[1::4], words[2::4], words[3::4], strict=False):
        hard, soft, seconds = map(value_of, limits)
        for family, value, limit in (
            (BUFFER_LIMIT, hard, "hard"),
            (BUFFER_LIMIT, soft, "soft"),
            (BUFFER_SECONDS, seconds, "soft"),
        ):
            if value is not None:
                yield Sample(family, value, (group, limit))


def _latencies(reply: Any, info: Info) -> list[Distribution]:
    """Return the histogram of each command: `[name, [calls, N, histogram_usec, [bound, count, …]], …]`."""
    commands = command_stats(info.sections.get("Commandstats", {}))
    words: Sequence[Any] = reply if isinstance(reply, list) else ()
    distributions = []
    for name_bytes, details in zip(words[::2], words[1::2], strict=False):
        if not isinstance(details, list) or len(details) < 4:
            continue
        name = name_bytes.decode("utf-8", "replace")
        total = sum(
            numbers["usec"]
            for command, numbers in commands.items()
            if command == name or command.startswith(f"{name}|")
        )
        bounds: Sequence[int] = details[3]
        points = dict(zip(map(float, bounds[::2]), bounds[1::2], strict=False))
        distributions.append(Distribution((name,), points, total, details[1]))
    return distributions
