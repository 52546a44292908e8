"""The options of those collectors that show nothing of the fixture tree without them."""

from pathlib import Path

from exporter.registry import find_collectors

COLLECTORS = find_collectors()
TREE = Path(__file__).parent.parent / "fixtures" / "host"
OPTIONS = {
    "perf": {"tracepoint": ("sched:sched_switch", "block:block_rq_issue")},
    "runit": {"servicedir": str(TREE / "root" / "etc" / "service")},
    "sysctl": {
        "include": ("kernel.pid_max", "kernel.random.poolsize", "net.ipv4.tcp_rmem", "fs.file-nr:open,unused,most"),
        "include_info": ("kernel.domainname", "net.ipv4.tcp_allowed_congestion_control"),
    },
}


def make(supplies, name):
    """Return the collector of that name with its options."""
    kind = COLLECTORS[name]
    return supplies.make(kind, kind.options_type(**OPTIONS.get(name, {})))
