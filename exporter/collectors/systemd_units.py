"""systemd_unit_*, vigie_systemd_unit*: CPU, memory and tasks of each systemd unit, from its control group."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.cgroups.layout import Layout, find_layout
from exporter.cgroups.units import Unit, find_tree, find_units
from exporter.exposition.text import Family, Series, Sheet
from exporter.kernel.name_filter import Filter

# The names of prometheus-community/systemd_exporter, where it has one. cAdvisor's container_* would make every unit a
# container for the boards and alerts that count those.
LABELS = ("name", "type")
# The files that change most are kept open, of so many units: descriptors are few, and containers need theirs.
FILES_OF_A_UNIT, MOST_KEPT_UNITS = 3, 60
CPU = Family("systemd_unit_cpu_seconds_total", "counter", "Unit CPU time in seconds", (*LABELS, "mode"), form="%.6f")
CACHED = Family("systemd_unit_cached_bytes", "gauge", "Unit Memory Cached in bytes", LABELS)
TASKS = Family("systemd_unit_tasks_current", "gauge", "Current number of tasks per Systemd unit", ("name",))
MEMORY = Family(
    "vigie_systemd_unit_memory_bytes",
    "gauge",
    "Memory that counts for the unit, without the pages of files that the kernel can take back at once.",
    LABELS,
)
OOM_KILLS = Family(
    "vigie_systemd_unit_oom_kills_total", "counter", "Processes of the unit that the kernel killed for memory.", LABELS
)
OMITTED = Family(
    "vigie_systemd_units_omitted", "gauge", "Units that are left out because there are more than max-units."
)


class SystemdUnitsOptions(Options, frozen=True, kw_only=True):
    """Which units are exposed."""

    unit_include: Annotated[
        str, msgspec.Meta(description="Units to keep (regexp of the whole name), unless they are left out.")
    ] = ".+"
    unit_exclude: Annotated[str, msgspec.Meta(description="Units to leave out (regexp of the whole name).")] = (
        r".+\.(mount|scope|slice|socket|swap)"
    )
    max_units: Annotated[
        int, msgspec.Meta(ge=1, le=5000, description="How many units to show at most, the first by name.")
    ] = 300


class SystemdUnits(Collector):
    """Exposes what each unit uses. It asks the kernel alone: neither D-Bus nor systemd has to answer."""

    enabled_by_default = False  # 60 units cost several times what the rest of the page does
    options_type = SystemdUnitsOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "fs" / "cgroup"
        chosen = self.options
        self._filter = Filter(f"^(?:{chosen.unit_exclude})$", f"^(?:{chosen.unit_include})$")
        self._sheet = Sheet()
        self._layout: Layout | None = None
        self._units: dict[str, tuple[Unit, tuple[Series, ...]]] = {}

    def page(self) -> bytes:
        """Return what the units use; raise NotApplicableError where systemd does not keep control groups, OSError."""
        tree = find_tree(self._folder)
        if tree is None:
            raise NotApplicableError(f"{self._folder}: no system.slice, so that systemd does not keep it")
        paths = {path: name for name, path in find_units(tree) if self._filter.accepts(name)}
        shown = sorted(paths, key=paths.__getitem__)[: self.options.max_units]
        self._follow({path: paths[path] for path in shown})
        series: list[Series] = []
        values: list[float] = []
        for path in shown:
            unit, keys = self._units[path]
            for key, value in zip(keys, unit.read(), strict=True):
                if value is not None:
                    series.append(key)
                    values.append(value)
        series.append((OMITTED, ()))
        values.append(len(paths) - len(shown))
        return self._sheet.render(series, values)

    def close(self) -> None:
        """Give the descriptors back."""
        self._follow({})

    def _follow(self, paths: Mapping[str, str]) -> None:
        """Keep the files of these units and of no others."""
        for path in self._units.keys() - paths.keys():
            self._units.pop(path)[0].close()
        for path in paths.keys() - self._units.keys():
            if self._layout is None:
                self._layout = find_layout(self._folder)
            kept_files = FILES_OF_A_UNIT if len(self._units) < MOST_KEPT_UNITS else 0
            self._units[path] = (Unit(self._layout, path, kept_files), make_keys(paths[path]))


def make_keys(name: str) -> tuple[Series, ...]:
    """Return the series of a unit, in the order of `Usage`."""
    labels = (name, name.rpartition(".")[2])
    return (
        (CPU, (*labels, "user")),
        (CPU, (*labels, "system")),
        (MEMORY, labels),
        (CACHED, labels),
        (TASKS, (name,)),
        (OOM_KILLS, labels),
    )
