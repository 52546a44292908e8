"""Which alerts take a threshold, what its number means, and how their rules must compare against it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from vigie.core.integrations.catalogue import read_catalogue

RECORD = "vigie:threshold"
HOST_LABELS = ("dc", "instance")


class Unit(NamedTuple):
    """What a threshold's number counts, and the largest that makes sense."""

    name: str
    most: float


class Items(NamedTuple):
    """The series that an alert is about: what they are chosen from, and the labels by which a host has several."""

    metric: str = "up"
    matchers: str = 'job="node"'
    window: str = ""  # nothing for what is read as it is now
    dimensions: tuple[str, ...] = ()

    def labels(self) -> tuple[str, ...]:
        """Return the labels that tell the items apart, by which the alert's rule must join."""
        return (*HOST_LABELS, *(label for label in self.dimensions if label not in HOST_LABELS))

    def select(self, matchers: str, window: str = "") -> str:
        """Return the query of the items that fit further matchers; another `window` takes the place of its own."""
        selector = f"{self.metric}{{{', '.join(filter(None, (self.matchers, matchers)))}}}"
        return f"last_over_time({selector}[{window or self.window}])" if self.window else selector


class Threshold(NamedTuple):
    """What an alert's number counts, and of what."""

    unit: Unit
    items: Items = Items()


def _items(metric: str, *dimensions: str, window: str = "2m", matchers: str = 'job="node"') -> Items:
    return Items(metric, matchers, window, dimensions)


def _containers(metric: str) -> Items:
    return _items(metric, "name", matchers='job="node", name!=""')


PERCENT = Unit("percent", 100)
HOURS = Unit("hours", 24 * 90)  # a longer forecast is not recorded
SECONDS = Unit("seconds", 3600)
DAYS = Unit("days", 3650)
MOUNTS = _items("node_filesystem_size_bytes", "device", "fstype", "mountpoint")
INODE_MOUNTS = _items("node_filesystem_files", "device", "fstype", "mountpoint")
FILE_SYSTEMS = _items("node_filesystem_size_bytes", "device", "fstype")  # wherever they are mounted
CERTIFICATES = _items("probe_ssl_earliest_cert_expiry", "instance", window="1h", matchers="")
THRESHOLDS = {
    "CPUHigh": Threshold(PERCENT),
    "CPUSteal": Threshold(PERCENT),
    "ClockSkew": Threshold(SECONDS),
    "ConntrackFull": Threshold(PERCENT),
    "ContainerCPUThrottled": Threshold(PERCENT, _containers("container_cpu_cfs_periods_total")),
    "ContainerMemoryNearLimit": Threshold(PERCENT, _containers("container_spec_memory_limit_bytes")),
    "ContainerRestartLoop": Threshold(
        Unit("restarts in a quarter of an hour", 1000), _items("vigie_container_restarts_total", "name", window="15m")
    ),
    "DiskFillsFast": Threshold(HOURS, FILE_SYSTEMS),
    "DiskFillsIn24h": Threshold(HOURS, FILE_SYSTEMS),
    "DiskFillsIn4h": Threshold(HOURS, FILE_SYSTEMS),
    "DiskFull": Threshold(PERCENT, MOUNTS),
    "DiskNearlyFull": Threshold(PERCENT, MOUNTS),
    "DiskSaturated": Threshold(
        Unit("requests that wait", 100_000), _items("node_disk_io_time_weighted_seconds_total", "device")
    ),
    "DiskSlow": Threshold(SECONDS, _items("node_disk_reads_completed_total", "device")),
    "DiskWornOut": Threshold(PERCENT, _items("smartctl_device_percentage_used", "device", window="5m")),
    "FDExhaustion": Threshold(PERCENT),
    "FDsHigh": Threshold(PERCENT),
    "InodesExhausted": Threshold(PERCENT, INODE_MOUNTS),
    "InodesFillIn24h": Threshold(HOURS, _items("node_filesystem_files", "device", "fstype")),
    "InodesLow": Threshold(PERCENT, INODE_MOUNTS),
    "LinkFlapping": Threshold(
        Unit("changes in a quarter of an hour", 1000),
        _items("node_network_carrier_changes_total", "device", window="15m"),
    ),
    "LoadSaturated": Threshold(Unit("tasks for each processor", 10_000)),
    "MemoryErrorsCorrected": Threshold(
        Unit("errors a day", 1_000_000), _items("node_edac_correctable_errors_total", "controller", window="1d")
    ),
    "MemoryHigh": Threshold(PERCENT),
    "MemoryPaging": Threshold(Unit("pages a second", 10_000_000)),
    "MemoryPressure": Threshold(PERCENT),
    "NetworkErrors": Threshold(PERCENT, _items("node_network_receive_packets_total", "device")),
    "NetworkSaturated": Threshold(PERCENT, _items("node_network_speed_bytes", "device")),
    "ProbeSlow": Threshold(SECONDS, _items("probe_duration_seconds", "instance", window="5m", matchers="")),
    "ProcessFDExhaustion": Threshold(PERCENT, _items("process_max_fds", "job", matchers="")),
    "ScrapeClockDrift": Threshold(SECONDS),
    "SwapFull": Threshold(PERCENT),
    "TLSCertExpires": Threshold(DAYS, CERTIFICATES),
    "TLSCertExpiresSoon": Threshold(DAYS, CERTIFICATES),
    "TraefikHighErrorRate": Threshold(
        PERCENT, _items("traefik_service_requests_total", "service", window="5m", matchers="")
    ),
}
# Those of integrations stand in their manifests; the target is a pattern, for a host may have several servers.
for _name, _integration in read_catalogue().integrations.items():
    for _alert, _limit in _integration.manifest.limits.items():
        _servers = _items(_limit.metric, "instance", window=_limit.window, matchers=f'integration="{_name}"')
        THRESHOLDS[_alert] = Threshold(Unit(_limit.unit, _limit.most), _servers)
HOST = Threshold(PERCENT)

USE = re.compile(RECORD + r"(?![\w:])(?:{alert=\"(\w*)\"})?")


def check(alert: str, expression: str) -> Iterator[str]:
    """Yield a sentence for each comparison against a threshold that is another alert's or has no default."""
    used = [match[1] for match in USE.finditer(expression)]
    if set(used) - {alert}:
        yield f'compares against {RECORD} of another alert: expected {RECORD}{{alert="{alert}"}}'
    labels = ", ".join(THRESHOLDS.get(alert, HOST).items.labels())
    if len(_with_default(labels).findall(expression)) < len(used):
        yield (
            f"{RECORD} has no default: expected `or on ({labels}) NUMBER * group by ({labels}) (…)` behind it, "
            "since without a recording the alert would be silent"
        )


def _with_default(labels: str) -> re.Pattern[str]:
    # The default is made of what the host itself tells, so that it holds whenever there is no recording.
    join = re.escape(f"({labels})")
    return re.compile(RECORD + rf"{{alert=\"(\w+)\"}}\s+or on {join} [\d.]+ \* group by {join} \(")
