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
from integrations.redis.answers import (
    CLUSTER_INFO,
    COMMANDS,
    LATENCY_HISTOGRAM,
    OPTION_COMMANDS,
    Command,
    read_cluster,
    read_latencies,
    read_logs,
    read_options,
)
from integrations.redis.families import (
    CONNECT_SECONDS,
    LATENCIES,
    PERCENTILES,
    SCRAPE_ERROR,
    SCRAPE_SECONDS,
    UP,
    value_of,
)
from integrations.redis.info import Info, parse_info, read_info, read_percentiles
from integrations.redis.protocol import Connection, ReplyError
from integrations.redis.replication import as_mapping, read_master, read_peers, read_sentinel_info

DENIED = ("NOAUTH", "WRONGPASS", "NOPERM", "ERR invalid password", "ERR Client sent AUTH")
SENTINEL_MASTERS = ("SENTINEL", "MASTERS")


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
        if is_sentinel:
            samples = list(read_sentinel_info(info.sections["Sentinel"]))
            return [*samples, *read_info(info, time.time()), *self._sentinel(connection)], []
        replies = self._ask(connection, [*COMMANDS, CLUSTER_INFO] if is_cluster else COMMANDS)
        options = {
            name: value for command in OPTION_COMMANDS for name, value in as_mapping(replies.get(command)).items()
        }
        databases = 1 if is_cluster else int(value_of(options.get("databases", "")) or 0)
        samples = [
            *read_info(info, time.time(), databases),
            *read_options(options),
            *read_cluster(replies.get(CLUSTER_INFO)),
            *read_logs(replies),
        ]
        return samples, read_latencies(replies.get(LATENCY_HISTOGRAM), info)

    def _ask(self, connection: Connection, commands: Sequence[Command]) -> dict[Command, Any]:
        """Return the answers in one round trip, without those that the server refuses (now or before)."""
        wanted = [command for command in commands if command not in self._refused]
        replies = dict(zip(wanted, connection.call_all(wanted), strict=True))
        self._refused |= {command for command, reply in replies.items() if isinstance(reply, ReplyError)}
        return {command: reply for command, reply in replies.items() if command not in self._refused}

    def _sentinel(self, connection: Connection) -> Iterator[Sample]:
        for reply in self._ask(connection, [SENTINEL_MASTERS]).get(SENTINEL_MASTERS) or ():
            master = as_mapping(reply)
            name = master.get("name", "")
            commands = [("SENTINEL", word, name) for word in ("CKQUORUM", "SENTINELS", "SLAVES")]
            quorum, sentinels, replicas = connection.call_all(commands)
            text = quorum.decode("utf-8", "replace") if isinstance(quorum, bytes) else str(quorum)
            yield from read_master(master, (isinstance(quorum, bytes), text))
            peers = [peers if isinstance(peers, list) else [] for peers in (sentinels, replicas)]
            yield from read_peers(master, *peers)
