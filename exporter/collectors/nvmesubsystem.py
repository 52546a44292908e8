"""node_nvmesubsystem_*: NVMe subsystems and the controllers that are paths to them, from /sys/class/nvme-subsystem."""

import re
from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import list_folder, read_text, read_text_or
from exporter.parsing.items import item


def _gauge(name: str, help_text: str, *labels: str) -> Family:
    return Family(f"node_nvmesubsystem_{name}", "gauge", help_text, ("subsystem", *labels))


INFO = _gauge("info", "Non-numeric information about an NVMe subsystem.", "nqn", "model", "serial", "iopolicy")
NAMESPACE = _gauge("namespace_info", "Maps an NVMe namespace block device to its subsystem.", "device")
PATHS = _gauge("paths", "Number of controller paths for an NVMe subsystem.")
PATHS_LIVE = _gauge("paths_live", "Number of controller paths in live state for an NVMe subsystem.")
PATH_STATE = _gauge(
    "path_state",
    "Current NVMe controller path state (1 for the current state, 0 for all others).",
    "controller",
    "transport",
    "state",
)
# nvme_sysfs_show_state in drivers/nvme/host/sysfs.c, where deleting has two spellings.
STATES = ("connecting", "dead", "deleting", "live", "new", "resetting", "unknown")
DELETING = "deleting (no IO)"
CONTROLLER = re.compile(r"nvme[0-9]+")
NAMESPACE_DEVICE = re.compile(r"nvme[0-9]+n[0-9]+")


def normalize(state: str) -> str:
    """Return which of `STATES` the kernel's word is."""
    if state == DELETING:
        return "deleting"
    return state if state in STATES else "unknown"


class Nvmesubsystem(Collector):
    """Exposes how many paths lead to each subsystem, and in what state each is."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "nvme-subsystem", lambda name: name.startswith("nvme-subsys"))

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without a subsystem."""
        subsystems = self._devices.find()
        if not subsystems:
            raise NotApplicableError("/sys/class/nvme-subsystem has no subsystem")
        for subsystem in subsystems:
            with item(subsystem.path):
                yield from read_subsystem(subsystem)


def read_subsystem(subsystem: Device) -> Iterator[Sample]:
    """Yield the samples of one subsystem; raise OSError when its folder can't be listed."""
    identity = (subsystem.fixed(name) for name in ("subsysnqn", "model", "serial"))
    policy = read_text_or(subsystem.path / "iopolicy")
    yield Sample(INFO, 1, (subsystem.name, *identity, policy))
    names = list_folder(subsystem.path)
    for name in filter(NAMESPACE_DEVICE.fullmatch, names):
        yield Sample(NAMESPACE, 1, (subsystem.name, name))
    controllers = list(filter(CONTROLLER.fullmatch, names))
    live = 0
    for name in controllers:
        state = "unknown"
        with item(subsystem.path / name / "state"):
            state = normalize(read_text(subsystem.path / name / "state"))
        live += state == "live"
        transport = subsystem.fixed(f"{name}/transport")
        for possible in STATES:
            yield Sample(PATH_STATE, int(possible == state), (subsystem.name, name, transport, possible))
    yield Sample(PATHS, len(controllers), (subsystem.name,))
    yield Sample(PATHS_LIVE, live, (subsystem.name,))
