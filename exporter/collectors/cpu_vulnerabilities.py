"""node_cpu_vulnerabilities_info: weaknesses of the CPU, and what the kernel does against each."""

from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import list_folder, read_text
from exporter.parsing.items import item

INFO = Family(
    "node_cpu_vulnerabilities_info",
    "gauge",
    "Details of each CPU vulnerability reported by sysfs. The value of the series is an int encoded state of the "
    "vulnerability. The same state is stored as a string in the label",
    ("codename", "state", "mitigation"),
)
NOT_AFFECTED = "not affected"
STATES = ("vulnerable", "mitigation", "unknown")


def understand(text: str) -> tuple[str, str]:
    """Return (state, mitigation) of a file (Documentation/ABI/testing/sysfs-devices-system-cpu).

    Some files begin otherwise, such as `KVM: Mitigation: VMX disabled`: their state is unknown, and all of the text
    is the mitigation. Raises ValueError for an empty one.
    """
    if not text:
        raise ValueError("expected a state, got nothing")
    lower = text.lower()
    if lower.startswith(NOT_AFFECTED):
        return NOT_AFFECTED, ""
    for state in STATES:
        if lower.startswith(state):
            return state, " ".join(text.split()[1:])
    return "unknown", text


class CpuVulnerabilities(Collector):
    """Exposes what each file of /sys/devices/system/cpu/vulnerabilities says."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "devices" / "system" / "cpu" / "vulnerabilities"

    def collect(self) -> Iterable[Sample]:
        """Yield the info; raise NotApplicableError on a kernel that tells nothing."""
        names = list_folder(self._folder)
        if not names:
            raise NotApplicableError("/sys/devices/system/cpu/vulnerabilities")
        for name in names:
            with item(self._folder / name):
                yield Sample(INFO, 1, (name, *understand(read_text(self._folder / name))))
