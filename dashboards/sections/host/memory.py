"""Board *Host*, memory: what it holds, what was swapped, which processes were killed for it."""

from dashboards.panels.board import Section
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.timeseries import timeseries
from dashboards.sections.host import HOST


def memory() -> Section:
    """Return memory by use, availability, swapping, faults and kills."""

    def family(name: str) -> str:
        return f"node_memory_{name}_bytes{{{HOST}}}"

    def rate(name: str) -> str:
        return f"rate(node_vmstat_{name}{{{HOST}}}[{RATE}])"

    reclaimable = f"{family('Cached')} + {family('Buffers')} + {family('SReclaimable')}"
    return "Memory", [
        timeseries(
            Metadata(
                "Memory by use",
                "Memory by use. The kernel drops the cache when programs need room, so little free memory is normal.",
                "bytes",
            ),
            [
                Query(f"{family('MemTotal')} - {family('MemFree')} - ({reclaimable})", "used"),
                Query(reclaimable, "cache"),
                Query(family("MemFree"), "free"),
            ],
            {"used": WARNING, "cache": NEUTRAL, "free": OK},
            stacked=True,
        ),
        timeseries(
            Metadata(
                "Available memory and swap",
                "Memory that is available without swapping, swap in use, and memory promised to programs.",
                "bytes",
            ),
            [
                Query(family("MemAvailable"), "available"),
                Query(f"{family('SwapTotal')} - {family('SwapFree')}", "swapped out"),
                Query(family("Committed_AS"), "promised"),
            ],
            {"available": OK, "swapped out": CRITICAL, "promised": NEUTRAL},
        ),
        timeseries(
            Metadata(
                "Swapping",
                "Pages per second that went to and came back from swap. Lasting traffic is thrashing.",
                "ops",
            ),
            [Query(rate("pswpout"), "out"), Query(rate("pswpin"), "in")],
            {"out": CRITICAL, "in": WARNING},
        ),
        timeseries(
            Metadata(
                "Faults and kills",
                "Page faults per second that waited for a disk, and processes per second killed for memory.",
                "ops",
            ),
            [Query(rate("pgmajfault"), "major faults"), Query(rate("oom_kill"), "OOM kills")],
            {"major faults": NEUTRAL, "OOM kills": CRITICAL},
        ),
    ]
