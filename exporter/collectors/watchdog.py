"""node_watchdog_*: the watchdog timers of /sys/class/watchdog."""

from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Devices
from exporter.kernel.files import read_text_or
from exporter.kernel.sysfs import read_samples

# Documentation/ABI/testing/sysfs-class-watchdog: the file of each family. Kernels without CONFIG_WATCHDOG_SYSFS have
# none of them.
FAMILIES = {
    name: Family(
        f"node_watchdog_{name}{'_seconds' if name in {'timeleft', 'timeout', 'pretimeout'} else ''}",
        "gauge",
        f"Value of /sys/class/watchdog/<watchdog>/{name}",
        ("name",),
    )
    for name in ("bootstatus", "fw_version", "nowayout", "timeleft", "timeout", "pretimeout", "access_cs0")
}
INFO = Family(
    "node_watchdog_info",
    "gauge",
    "Info of /sys/class/watchdog/<watchdog>",
    ("name", "options", "identity", "state", "status", "pretimeout_governor"),
)


class Watchdog(Collector):
    """Exposes the state of each watchdog."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "watchdog")

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without a watchdog, ValueError when one is no number."""
        devices = self._devices.find()
        if not devices:
            raise NotApplicableError("/sys/class/watchdog has no device")
        for device in devices:
            yield from read_samples(device.path, FAMILIES, (device.name,))
            changing = (read_text_or(device.path / name) for name in ("state", "status", "pretimeout_governor"))
            yield Sample(INFO, 1, (device.name, device.fixed("options"), device.fixed("identity"), *changing))
