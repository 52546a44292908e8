"""node_exporter's command line where it differs from ours: other spellings, and flags that have nothing to say here."""

from collections.abc import Collection, Sequence
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
# Each takes a value.
IGNORED = {
    "--collector.filesystem.stat-workers": "remote mounts have threads of their own",
    "--runtime.gomaxprocs": "there is no Go runtime",
}
TESTS_ONLY = "it is for node_exporter's own tests"
REFUSED = {
    "--collector.netclass_rtnl.with-stats": "the collector netdev gives the same and shares netclass's dump",
    "--collector.qdisc.fixtures": TESTS_ONLY,
    "--collector.systemd.private": TESTS_ONLY,
    "--collector.wifi.fixtures": TESTS_ONLY,
    "--web.systemd-socket": "sockets are not taken over from systemd; give --web.listen-address",
}
# All collectors of node_exporter 1.11 on Linux, so that one that we lack is told from a slip of the pen.
THEIR_NAMES = """
    arp bcache bcachefs bonding btrfs buddyinfo cgroups conntrack cpu cpu_vulnerabilities cpufreq diskstats dmi drbd drm
    edac entropy ethtool fibrechannel filefd filesystem hwmon infiniband interrupts ipvs kernel_hung ksmd lnstat loadavg
    logind mdadm meminfo meminfo_numa mountstats netclass netdev netstat network_route nfs nfsd ntp nvme os pcidevice
    perf powersupplyclass pressure processes qdisc rapl runit schedstat selinux slabinfo sockstat softirqs softnet stat
    supervisord swap sysctl systemd tapestats tcpstat textfile thermal_zone time timex udp_queues uname vmstat watchdog
    wifi xfrm xfs zfs zoneinfo
"""
THEIRS = frozenset(THEIR_NAMES.split())


class Note(NamedTuple):
    """What is logged about a flag once logging is set up: the event, the flag, and what goes for it."""

    event: str
    flag: str
    reason: str


def translate(arguments: Sequence[str], collectors: Collection[str]) -> tuple[list[str], list[Note]]:
    """Return node_exporter's arguments as ours, and what to log about them.

    Raises UsageProblemError for a flag that we can't honour, with the reason, and for a flag in both its spellings.
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
        elif (absent := _absent(flag, collectors)) is not None:
            notes.append(Note("flag ignored", flag, f"there is no collector {absent}"))
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
    return translated, notes


def _level(value: str) -> str:
    return "warning" if value == "warn" else value


def _absent(flag: str, collectors: Collection[str]) -> str | None:
    """Return the collector of node_exporter that `flag` switches off and we lack; raise for all else of such a one."""
    if flag in REFUSED:
        raise UsageProblemError(f"{flag}: {REFUSED[flag]}")
    name = flag.removeprefix("--no-").removeprefix("--").removeprefix("collector.").partition(".")[0]
    if flag.partition(".")[0] not in {"--collector", "--no-collector"} or name not in THEIRS - set(collectors):
        return None
    if flag == f"--no-collector.{name}":
        return name
    raise UsageProblemError(f"{flag}: vigie has no collector {name}; leave the flag out, or run node_exporter for it")
