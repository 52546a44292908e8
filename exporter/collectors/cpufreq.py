"""node_cpu_frequency_* and node_cpu_scaling_*: how fast the CPUs run and may run.

Documentation/admin-guide/pm/cpufreq.rst
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.cpu_list import parse_cpu_list
from exporter.kernel.files import list_folder, read_text_or
from exporter.parsing.items import item
from exporter.parsing.lines import split_words
from exporter.parsing.numbers import natural

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

UNKNOWN = "<unknown>"
KILOHERTZ = 1000  # the files' unit
# Linux 4.13 to 5.17 on x86 sleeps 10 ms for each idle CPU whose frequency is read (arch_freq_get_on_cpu): a machine
# with many of them is read by some threads at once.
SLOW_SECONDS = 0.2
THREADS = 32


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_cpu_{name}", "gauge", help_text, ("cpu",))


FREQUENCIES = {
    "cpuinfo_cur_freq": _gauge("frequency_hertz", "Current CPU thread frequency in hertz."),
    "cpuinfo_avg_freq": _gauge("frequency_avg_hertz", "Average CPU thread frequency in hertz."),
    "cpuinfo_min_freq": _gauge("frequency_min_hertz", "Minimum CPU thread frequency in hertz."),
    "cpuinfo_max_freq": _gauge("frequency_max_hertz", "Maximum CPU thread frequency in hertz."),
    "scaling_cur_freq": _gauge("scaling_frequency_hertz", "Current scaled CPU thread frequency in hertz."),
    "scaling_min_freq": _gauge("scaling_frequency_min_hertz", "Minimum scaled CPU thread frequency in hertz."),
    "scaling_max_freq": _gauge("scaling_frequency_max_hertz", "Maximum scaled CPU thread frequency in hertz."),
}
GOVERNOR = Family("node_cpu_scaling_governor", "gauge", "Current enabled CPU frequency governor.", ("cpu", "governor"))


class Policy(NamedTuple):
    """What one frequency domain says: the texts of its frequencies, and its governor among those that it could have."""

    kilohertz: dict[str, str]
    governor: str
    governors: Sequence[str]


class Cpufreq(Collector):
    """Exposes the frequencies and the governor of each CPU that is online."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "devices" / "system" / "cpu"
        names = list_folder(self._folder)
        self._cpus = sorted(
            (name[3:] for name in names if name[:3] == "cpu" and name[3:].isascii() and name[3:].isdigit()), key=int
        )
        self._pool: ThreadPoolExecutor | None = None

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError where the CPUs' frequencies are not ours to see, as in VMs."""
        offline = set(parse_cpu_list(read_text_or(self._folder / "offline")))
        online = [number for number in self._cpus if number not in offline and self._has_policy(number)]
        if not online:
            raise NotApplicableError("no /sys/devices/system/cpu/cpu*/cpufreq")
        folders = {number: self._policy_folder(number) for number in online}
        unique = list(dict.fromkeys(folders.values()))
        policies = dict(zip(unique, self._read(unique), strict=True))
        for number, folder in folders.items():
            yield from describe(number, policies[folder])

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def _has_policy(self, number: str) -> bool:
        """Return whether the CPU has a frequency of its own; some of a machine may have none."""
        return os.path.isdir(f"{self._folder}/cpu{number}/cpufreq")  # noqa: PTH112 - for each CPU at each scrape

    def _policy_folder(self, number: str) -> Path:
        """Return where the CPU's policy lies: the CPUs of one frequency domain share it and it is read once."""
        folder = self._folder / f"cpu{number}"
        try:
            return Path(os.path.normpath(folder / os.readlink(folder / "cpufreq")))  # noqa: PTH115 - at each scrape
        except OSError:
            return folder / "cpufreq"

    def _read(self, folders: Sequence[Path]) -> Sequence[Policy]:
        if self._pool is not None:
            return list(self._pool.map(read_policy, folders))
        begin = perf_counter()
        policies = [read_policy(folder) for folder in folders]
        if perf_counter() - begin > SLOW_SECONDS:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few machines need it

            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="cpufreq")
        return policies


def read_policy(folder: Path) -> Policy:
    """Return what can be read of a policy.

    `cpuinfo_cur_freq` is for root alone, and says `<unknown>` where the driver doesn't know.
    """
    texts = {name: read_text_or(folder / name) for name in FREQUENCIES}
    governors = list(dict.fromkeys(split_words(read_text_or(folder / "scaling_available_governors"))))
    return Policy(texts, read_text_or(folder / "scaling_governor"), governors)


def describe(number: str, policy: Policy) -> Iterator[Sample]:
    """Yield the samples of one CPU."""
    for name, text in policy.kilohertz.items():
        if text and text != UNKNOWN:
            with item(f"cpu{number}/cpufreq/{name}"):
                yield Sample(FREQUENCIES[name], natural(text) * KILOHERTZ, (number,))
    if policy.governor:
        for governor in policy.governors:
            yield Sample(GOVERNOR, int(governor == policy.governor), (number, governor))
