"""Board *Host*, the processor: what uses its time, what waits for it."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, NEUTRAL, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.timeseries import timeseries
from dashboards.sections.host import CORES, HOST

MODE_COLOURS = {
    "user": NEUTRAL,
    "nice": "light-blue",
    "system": "purple",
    "iowait": CRITICAL,
    "irq": "yellow",
    "softirq": WARNING,
    "steal": "dark-red",
}


def processor() -> Section:
    """Return CPU time by mode and core, load, and processes."""
    by_mode = f'avg by (mode) (rate(node_cpu_seconds_total{{{HOST}, mode!="idle"}}[{RATE}]))'
    by_core = f'1 - sum by (cpu) (rate(node_cpu_seconds_total{{{HOST}, mode="idle"}}[{RATE}]))'
    return "Processor", [
        timeseries(
            Metadata(
                "CPU by mode",
                "CPU time by mode. The top edge is how busy the cores were. iowait: idle, but waiting for a disk. "
                "steal: ready to run, but the hypervisor gave the core to another VM.",
                "percentunit",
            ),
            [Query(by_mode, "{{mode}}")],
            MODE_COLOURS,
            stacked=True,
            max_value=1,
        ),
        timeseries(
            Metadata(
                "CPU by core",
                "How busy each core was. One full core is one thread that can't go faster.",
                "percentunit",
            ),
            [Query(by_core, "core {{cpu}}")],
            max_value=1,
        ),
        timeseries(
            Metadata(
                "Load",
                "Processes that run, wait for a core or wait for a disk, averaged over 1, 5 and 15 minutes, "
                "against the number of cores.",
                "short",
            ),
            [
                Query(f"node_load1{{{HOST}}}", "1 m"),
                Query(f"node_load5{{{HOST}}}", "5 m"),
                Query(f"node_load15{{{HOST}}}", "15 m"),
                Query(CORES, "cores"),
            ],
            {"1 m": "light-blue", "5 m": NEUTRAL, "15 m": "dark-blue", "cores": CRITICAL},
        ),
        timeseries(
            Metadata("Processes", "Runnable processes, and those blocked on input or output.", "short"),
            [
                Query(f"node_procs_running{{{HOST}}}", "runnable"),
                Query(f"node_procs_blocked{{{HOST}}}", "blocked"),
            ],
            {"runnable": NEUTRAL, "blocked": CRITICAL},
        ),
        timeseries(
            Metadata(
                "Switches, interrupts and forks",
                "Context switches, interrupts and new processes per second.",
                "ops",
            ),
            [
                Query(f"rate(node_context_switches_total{{{HOST}}}[{RATE}])", "context switches"),
                Query(f"rate(node_intr_total{{{HOST}}}[{RATE}])", "interrupts"),
                Query(f"rate(node_forks_total{{{HOST}}}[{RATE}])", "forks"),
            ],
        ),
        timeseries(
            Metadata(
                "Time lost waiting",
                "Share of time in which some process waited for this resource (pressure stall information). "
                "The most direct measure of a machine that is too small.",
                "percentunit",
            ),
            [
                Query(f"rate(node_pressure_{resource}_waiting_seconds_total{{{HOST}}}[{RATE}])", resource)
                for resource in ("cpu", "memory", "io")
            ],
            {"cpu": NEUTRAL, "memory": WARNING, "io": "purple"},
        ),
    ]
