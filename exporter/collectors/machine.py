"""machine_*: the machine as cAdvisor tells of it, on where containers are."""

from collections.abc import Iterable

from exporter.base.calls import Clock
from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.docker.inventory import Inventory
from exporter.exposition.text import Family, Memo, Sample
from exporter.kernel.files import read_text_or
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines
from exporter.parsing.numbers import natural

IDENTITY = ("boot_id", "machine_id", "system_uuid")
KIBIBYTE = 1024
PERIOD_SECONDS = 3600.0
MACHINE_ID = ("etc/machine-id", "var/lib/dbus/machine-id")


def _gauge(name: str, help_text: str, *labels: str) -> Family:
    return Family(f"machine_{name}", "gauge", help_text, tuple(sorted((*IDENTITY, *labels))))


CORES = _gauge("cpu_cores", "Number of logical CPU cores.")
PHYSICAL_CORES = _gauge("cpu_physical_cores", "Number of physical CPU cores.")
SOCKETS = _gauge("cpu_sockets", "Number of CPU sockets.")
MEMORY = _gauge("memory_bytes", "Amount of memory installed on the machine.")
SWAP = _gauge("swap_bytes", "Amount of swap memory available on the machine.")
NVM = _gauge("nvm_capacity", "NVM capacity value labeled by NVM mode (memory mode or app direct mode).", "mode")
NVM_POWER = _gauge("nvm_avg_power_budget_watts", "NVM power budget.")
ERROR = Family("machine_scrape_error", "gauge", "1 if there was an error while getting machine metrics, 0 otherwise.")


MOST_CPUS = 1 << 16


def parse_topology(cpuinfo: str) -> tuple[int, int, int]:
    """Return (logical CPUs, physical cores, sockets) from /proc/cpuinfo.

    Machines that tell no topology (ARM) have a core for each CPU and one socket.
    """
    logical = 0
    sockets: set[str] = set()
    cores: set[tuple[str, str]] = set()
    for block in cpuinfo.split("\n\n"):
        split = (line.partition(":") for line in split_lines(block))
        fields = {name.strip(): value.strip() for name, _, value in split}
        if "processor" not in fields:
            continue
        logical += 1
        socket, core = fields.get("physical id", "0"), fields.get("core id", str(logical))
        with item(f"/proc/cpuinfo, processor {fields['processor'][:80]}"):
            if max(natural(socket), natural(core)) >= MOST_CPUS:
                raise ValueError(f"expected a socket and a core, got {socket[:80]!r} and {core[:80]!r}")
            sockets.add(socket)
            cores.add((socket, core))
    return logical, len(cores), len(sockets)


def parse_meminfo_bytes(meminfo: str, name: str) -> int:
    """Return a size of /proc/meminfo in bytes, 0 when it isn't there; raise ValueError when it is no number."""
    for line in split_lines(meminfo):
        if line.startswith(f"{name}:"):
            return natural(line.removeprefix(f"{name}:").strip().partition(" ")[0]) * KIBIBYTE
    return 0


class Machine(Collector):
    """Exposes the machine's size and identity, read anew once an hour at most: CPUs can be added to a running one."""

    def __init__(
        self, roots: Roots, files: SharedFiles, clock: Clock, inventory: Inventory | None, options: object = None
    ) -> None:
        super().__init__(roots, options)
        self._files = files
        self._clock = clock
        self._inventory = inventory
        self._memo = Memo()

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError where no containers are known."""
        inventory = self._inventory
        if inventory is None or inventory.snapshot().is_unavailable:
            raise NotApplicableError("no container daemon is followed")
        if not inventory.snapshot().is_known:
            return b""  # it has not answered yet
        return self._memo.get(int(self._clock.now() / PERIOD_SECONDS), self._samples)

    def _samples(self) -> Iterable[Sample]:
        identity = self._identity()
        labels = tuple(identity[name] for name in sorted(IDENTITY))
        with item("/proc/cpuinfo"):
            topology = parse_topology((self.roots.proc / "cpuinfo").read_text("utf-8", "replace"))
            for family, value in zip((CORES, PHYSICAL_CORES, SOCKETS), topology, strict=True):
                yield Sample(family, value, labels)
        for family, name in ((MEMORY, "MemTotal"), (SWAP, "SwapTotal")):
            with item(f"/proc/meminfo, {name}"):
                meminfo = self._files.read("meminfo").decode("ascii", "replace")
                yield Sample(family, parse_meminfo_bytes(meminfo, name), labels)
        yield Sample(NVM_POWER, 0, labels)  # cAdvisor tells it with ipmctl alone, and else 0
        for mode in ("app_direct_mode", "memory_mode"):
            yield Sample(NVM, 0, (labels[0], labels[1], mode, labels[2]))
        yield Sample(ERROR, 0)

    def _identity(self) -> dict[str, str]:
        """Return the ids, as cAdvisor finds them: a machine without DMI is known by its machine id."""
        roots = self.roots
        machine = next(filter(None, (read_text_or(roots.root / path) for path in MACHINE_ID)), "")
        return {
            "boot_id": read_text_or(roots.proc / "sys/kernel/random/boot_id"),
            "machine_id": machine,
            "system_uuid": read_text_or(roots.sys / "class/dmi/id/product_uuid") or machine,
        }
