"""Board *Host*, memory: what it holds, what was swapped, who was killed for it."""

from dashboards.host_sections import HOST
from dashboards.panels.board import Section
from dashboards.panels.panel import BAD, GOOD, NEUTRAL, WARNING, About, lines
from dashboards.panels.query import RATE, Query


def memory() -> Section:
    """Return memory by use, availability, swapping, faults and kills."""

    def family(name: str) -> str:
        return f"node_memory_{name}_bytes{{{HOST}}}"

    def speed(name: str) -> str:
        return f"rate(node_vmstat_{name}{{{HOST}}}[{RATE}])"

    reclaimable = f"{family('Cached')} + {family('Buffers')} + {family('SReclaimable')}"
    return "Memory", [
        lines(
            About(
                "Memory by use",
                "What memory holds. The cache is dropped when programs need room: a small free part is no worry.",
                "bytes",
            ),
            [
                Query(f"{family('MemTotal')} - {family('MemFree')} - ({reclaimable})", "used"),
                Query(reclaimable, "cache"),
                Query(family("MemFree"), "free"),
            ],
            {"used": WARNING, "cache": NEUTRAL, "free": GOOD},
            stacked=True,
        ),
        lines(
            About(
                "Available memory and swap",
                "What programs can still get without swapping, and how much has been swapped out.",
                "bytes",
            ),
            [
                Query(family("MemAvailable"), "available"),
                Query(f"{family('SwapTotal')} - {family('SwapFree')}", "swapped out"),
                Query(family("Committed_AS"), "promised"),
            ],
            {"available": GOOD, "swapped out": BAD, "promised": NEUTRAL},
        ),
        lines(
            About(
                "Swapping",
                "Pages per second that went to and came back from swap. Lasting traffic is thrashing.",
                "ops",
            ),
            [Query(speed("pswpout"), "out"), Query(speed("pswpin"), "in")],
            {"out": BAD, "in": WARNING},
        ),
        lines(
            About(
                "Faults and kills",
                "Page faults that had to wait for a disk per second, and processes killed for memory per second.",
                "ops",
            ),
            [Query(speed("pgmajfault"), "major faults"), Query(speed("oom_kill"), "OOM kills")],
            {"major faults": NEUTRAL, "OOM kills": BAD},
        ),
    ]
