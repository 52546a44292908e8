"""node_exporter's command line where it differs from ours: other spellings, and flags that have nothing to say here."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from vigie.core.errors import UsageProblemError

# Spellings that node_exporter itself calls deprecated.
OLD = {
    "--collector.diskstats.ignored-devices": "--collector.diskstats.device-exclude",
    "--collector.filesystem.ignored-fs-types": "--collector.filesystem.fs-types-exclude",
    "--collector.filesystem.ignored-mount-points": "--collector.filesystem.mount-points-exclude",
    "--collector.netdev.device-blacklist": "--collector.netdev.device-exclude",
    "--collector.netdev.device-whitelist": "--collector.netdev.device-include",
    "--collector.qdisk.device-exclude": "--collector.qdisc.device-exclude",
    "--collector.qdisk.device-include": "--collector.qdisc.device-include",
    "--collector.systemd.unit-blacklist": "--collector.systemd.unit-exclude",
    "--collector.systemd.unit-whitelist": "--collector.systemd.unit-include",
}
OTHER = {"--log.level": "--log-level", "--log.format": "--log-format", "--help-long": "--help"}
TESTS_ONLY = "it is for node_exporter's own tests"
# Each takes a value.
IGNORED = {
    "--collector.filesystem.stat-workers": "remote mounts have threads of their own",
    "--collector.qdisc.fixtures": TESTS_ONLY,
    "--collector.wifi.fixtures": TESTS_ONLY,
    "--runtime.gomaxprocs": "there is no Go runtime",
}
# What netclass counts with the first of these is netdev's with the others: the same names, as counters.
WITH_STATS, IGNORED_DEVICES = "--collector.netclass_rtnl.with-stats", "--collector.netclass.ignored-devices"
NETDEV = "--collector.netdev"


class Note(NamedTuple):
    """What is logged about a flag once logging is set up: the event, the flag, and what goes for it."""

    event: str
    flag: str
    reason: str


def translate(arguments: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Return node_exporter's arguments as ours, and what to log about them.

    Raises UsageProblemError for a flag in both its spellings.
    """
    translated: list[str] = []
    notes: list[Note] = []
    rest = list(arguments)
    given = {argument.partition("=")[0] for argument in arguments}
    while rest:
        argument = rest.pop(0)
        flag, separator, value = argument.partition("=")
        if argument == "--web.config.file=":
            continue  # node_exporter's default, which says that there is none
        if flag in IGNORED:
            notes.append(Note("flag ignored", flag, IGNORED[flag]))
            del rest[: 0 if separator else 1]
        elif flag in OLD or flag in OTHER:
            new = OLD.get(flag) or OTHER[flag]
            if new in given:
                raise UsageProblemError(f"{flag} and {new} are mutually exclusive: give one of them")
            if flag in OLD:
                notes.append(Note("flag deprecated", flag, f"use {new}"))
            if new == "--log-level" and not separator and rest:
                separator, value = "=", rest.pop(0)
            translated.append(f"{new}{separator}{_level(value) if new == '--log-level' else value}")
        else:
            translated.append(argument)
    return _translate_statistics(translated), notes


def _level(value: str) -> str:
    return "warning" if value == "warn" else value


def _translate_statistics(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with netclass's statistics as netdev's, of the devices that netclass does not ignore."""
    no_statistics = WITH_STATS.replace("--", "--no-", 1)
    rest = [argument for argument in arguments if argument not in {WITH_STATS, no_statistics}]
    if len(rest) == len(arguments) or [argument for argument in arguments if argument not in rest][-1] != WITH_STATS:
        return rest
    rest = [argument for argument in rest if argument not in {NETDEV, NETDEV.replace("--", "--no-", 1)}]
    rest += [NETDEV, f"{NETDEV}.enable-detailed-metrics"]
    if not any(argument.startswith((f"{NETDEV}.device-exclude", f"{NETDEV}.device-include")) for argument in rest):
        followers = pairwise(rest)
        ignored = [value for flag, value in followers if flag == IGNORED_DEVICES]
        ignored += [flag.partition("=")[2] for flag in rest if flag.startswith(f"{IGNORED_DEVICES}=")]
        rest += [f"{NETDEV}.device-exclude={value}" for value in ignored[-1:]]
    return rest
