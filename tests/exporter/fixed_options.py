"""The options of those collectors that show nothing of the fixture tree without them."""

from pathlib import Path

from exporter.registry import find_collectors

COLLECTORS = find_collectors()
TREE = Path(__file__).parent.parent / "fixtures" / "host"
# Where `{tree}` is the folder of the tree.
OPTIONS = {
    "perf": {"tracepoint": ("sched:sched_switch", "block:block_rq_issue")},
    "runit": {"servicedir": "{tree}/root/etc/service"},
    "sysctl": {
        "include": ("kernel.pid_max", "kernel.random.poolsize", "net.ipv4.tcp_rmem", "fs.file-nr:open,unused,most"),
        "include_info": ("kernel.domainname", "net.ipv4.tcp_allowed_congestion_control"),
    },
}


def options_of(kind, tree=TREE):
    """Return the options of a collector's class on a tree."""
    given = OPTIONS.get(kind.__module__.rpartition(".")[2], {})
    filled = {name: text.format(tree=tree) if isinstance(text, str) else text for name, text in given.items()}
    return kind.options_type(**filled)
