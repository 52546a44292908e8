"""Board *Host*, memory: what it holds, what was swapped, who was killed for it."""

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
                "What memory holds. The cache is dropped when programs need room: a small free part is no worry.",
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
                "What programs can still get without swapping, and how much has been swapped out.",
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
                "Page faults that had to wait for a disk per second, and processes killed for memory per second.",
                "ops",
            ),
            [Query(rate("pgmajfault"), "major faults"), Query(rate("oom_kill"), "OOM kills")],
            {"major faults": NEUTRAL, "OOM kills": CRITICAL},
        ),
    ]
