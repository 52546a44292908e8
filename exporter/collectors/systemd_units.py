"""systemd_unit_*, vigie_systemd_unit*: CPU, memory and tasks of each systemd unit, from its control group."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.cgroups.layout import Layout, find_layout
from exporter.cgroups.units import Usage, find_units, read_usage
from exporter.exposition.text import Family, Series, Sheet
from exporter.kernel.name_filter import Filter

# The names of prometheus-community/systemd_exporter, where it has one. cAdvisor's container_* would make every unit a
# container for the boards and alerts that count those.
LABELS = ("name", "type")
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

    options_type = SystemdUnitsOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "fs" / "cgroup"
        chosen = self.options
        self._filter = Filter(f"^(?:{chosen.unit_exclude})$", f"^(?:{chosen.unit_include})$")
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return what the units use; raise NotApplicableError where systemd does not keep control groups, OSError."""
        try:
            layout = find_layout(self._folder)
        except FileNotFoundError as error:
            raise NotApplicableError(str(error)) from error
        paths = dict(find_units(layout, self._folder))
        if not paths:
            raise NotApplicableError(f"{self._folder}: no system.slice, so that systemd does not keep it")
        names = sorted(name for name in paths if self._filter.accepts(name))
        shown = names[: self.options.max_units]
        series, values = [], []
        for key, value in self._read(layout, {name: paths[name] for name in shown}):
            series.append(key)
            values.append(value)
        series.append((OMITTED, ()))
        values.append(len(names) - len(shown))
        return self._sheet.render(series, values)

    @staticmethod
    def _read(layout: Layout, paths: dict[str, str]) -> Iterator[tuple[Series, float]]:
        for name, path in paths.items():
            for key, value in describe(name, read_usage(layout, path)):
                if value is not None:
                    yield key, value


def describe(name: str, usage: Usage) -> Iterator[tuple[Series, float | None]]:
    """Yield each series of a unit with its value, None where the kernel does not account for it."""
    kind = name.rpartition(".")[2]
    yield (CPU, (name, kind, "system")), usage.system_seconds
    yield (CPU, (name, kind, "user")), usage.user_seconds
    yield (CACHED, (name, kind)), usage.cached_bytes
    yield (TASKS, (name,)), usage.tasks
    yield (MEMORY, (name, kind)), usage.memory_bytes
    yield (OOM_KILLS, (name, kind)), usage.oom_kills
