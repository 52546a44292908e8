"""Reads the answers of all commands but INFO; one that is not as expected gives nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter.exposition.distributions import Distribution
from exporter.exposition.text import Sample
from integrations.redis.families import BUFFER_LIMIT, BUFFER_SECONDS, SPIKE_LAST, SPIKE_SECONDS, plain, value_of
from integrations.redis.fields import COMMAND_LOG_OPTIONS, GAUGES, OPTIONS
from integrations.redis.info import Info

Command = tuple[str, ...]
CLUSTER_INFO = ("CLUSTER", "INFO")
LATENCY_HISTOGRAM, LATENCY_LATEST = ("LATENCY", "HISTOGRAM"), ("LATENCY", "LATEST")
SLOWLOG_LENGTH, SLOWLOG_LAST = ("SLOWLOG", "LEN"), ("SLOWLOG", "GET", "1")
COMMAND_LOGS: dict[Command, str] = {
    ("COMMANDLOG", "LEN", "slow"): "commandlog_slow_length",
    ("COMMANDLOG", "LEN", "large-request"): "commandlog_large_request_length",
    ("COMMANDLOG", "LEN", "large-reply"): "commandlog_large_reply_length",
}
OPTION_NAMES = ("databases", "client-output-buffer-limit", *OPTIONS, "commandlog-*")
OPTION_COMMANDS: tuple[Command, ...] = tuple(("CONFIG", "GET", name) for name in OPTION_NAMES)
COMMANDS: tuple[Command, ...] = (
    *OPTION_COMMANDS,
    *COMMAND_LOGS,
    SLOWLOG_LENGTH,
    SLOWLOG_LAST,
    LATENCY_LATEST,
    LATENCY_HISTOGRAM,
)


def read_options(options: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the options of CONFIG GET that are numbers, and the limits of output buffers."""
    for name in (*OPTIONS, *COMMAND_LOG_OPTIONS):
        if (value := value_of(options.get(name, ""))) is not None:
            metric = name.replace("-", "_")
            family = plain(metric if name in COMMAND_LOG_OPTIONS else f"config_{metric}", "gauge", f"CONFIG GET {name}")
            yield Sample(family, value)
    words = options.get("client-output-buffer-limit", "").split()
    for group, *texts in zip(words[::4], words[1::4], words[2::4], words[3::4], strict=False):
        families = ((BUFFER_LIMIT, "hard"), (BUFFER_LIMIT, "soft"), (BUFFER_SECONDS, "soft"))
        for (family, limit), text in zip(families, texts, strict=True):
            if (value := value_of(text)) is not None:
                yield Sample(family, value, (group, limit))


def read_cluster(reply: Any) -> Iterator[Sample]:
    """Yield the numbers of CLUSTER INFO."""
    for line in reply.decode("utf-8", "replace").splitlines() if isinstance(reply, bytes) else ():
        name, _, text = line.partition(":")
        if name.startswith("cluster_") and (value := value_of(text)) is not None:
            yield Sample(plain(GAUGES.get(name, name), "gauge", "CLUSTER INFO"), value)


def read_logs(replies: Mapping[Command, Any]) -> Iterator[Sample]:
    """Yield how long the logs of slow and large commands are, and the last entry; and the last latency spikes."""
    lengths: dict[Command, str] = {SLOWLOG_LENGTH: "slowlog_length", **COMMAND_LOGS}
    for command, name in lengths.items():
        if isinstance(length := replies.get(command), int):
            yield Sample(plain(name, "gauge", " ".join(command)), length)
    if isinstance(entries := replies.get(SLOWLOG_LAST), list):
        entry = entries[0] if entries and isinstance(entries[0], list) and len(entries[0]) > 2 else [0, 0, 0]
        yield Sample(plain("slowlog_last_id", "gauge", "SLOWLOG GET"), entry[0])
        yield Sample(plain("last_slow_execution_duration_seconds", "gauge", "SLOWLOG GET"), entry[2] / 1e6)
    for event in replies.get(LATENCY_LATEST) or ():
        if isinstance(event, list) and len(event) >= 3 and isinstance(event[0], bytes):
            name = event[0].decode("utf-8", "replace")
            yield Sample(SPIKE_LAST, event[1], (name,))
            yield Sample(SPIKE_SECONDS, event[2] / 1000, (name,))


def read_latencies(reply: Any, info: Info) -> list[Distribution]:
    """Return the histogram of each command: `[name, [calls, N, histogram_usec, [bound, count, …]], …]`."""
    commands = info.commands
    words: Sequence[Any] = reply if isinstance(reply, list) else ()
    distributions = []
    for name_bytes, details in zip(words[::2], words[1::2], strict=False):
        if not isinstance(name_bytes, bytes) or not isinstance(details, list) or len(details) < 4:
            continue
        name = name_bytes.decode("utf-8", "replace")
        total = commands[name]["usec"] if name in commands else 0.0
        total += sum(numbers["usec"] for command, numbers in commands.items() if command.startswith(f"{name}|"))
        bounds: Sequence[int] = details[3]
        points: dict[float, float] = dict(zip(bounds[::2], bounds[1::2], strict=False))
        distributions.append(Distribution((name,), points, total, details[1]))
    return distributions
