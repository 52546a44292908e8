"""What differs between our page and node_exporter's of the same tree, each with its reason."""

import math
import re

from tests.bench.exposition import parse

FAMILIES_LEAST, SERIES_LEAST, VALUES_LEAST = 0.99, 0.99, 0.995
MOST_SHOWN = 40
# Not of the tree: the program itself, durations, clocks, and what node_exporter asks the kernel of the machine that
# recorded the page, wherever its --path.procfs lies.
NOT_OF_THE_TREE = re.compile(
    r"go_.*|process_.*|promhttp_.*|node_exporter_build_info|node_scrape_collector_duration_seconds"
    r"|node_time_(seconds|zone_.*)|node_timex_.*|node_uname_info|vigie_.*|node_network_(receive|transmit)_.*"
)
# What node_exporter says 0 of because no file says anything of it: there is nothing to compare.
ZERO_FOR_NOTHING = {
    r"node_btrfs_(commit.*|last_commit_seconds|max_commit_seconds)": "0 where a file system has no commit_stats",
    r"node_btrfs_device_size_bytes": "0 of a device whose folder is not in /sys/block",
    r"node_cpu_online": "0 of a CPU that has no file `online`, as one that can't be unplugged",
    r"node_xfs_.*": "0 of each line that the file lacks",
}
COMMON = {
    r"node_bcache_btree_read_average_duration_seconds": "microseconds, which node_exporter takes for nanoseconds",
    r"node_drbd_network_received_bytes_total": "KiB, which node_exporter takes for bytes",
    r"node_infiniband_lifespan_seconds": "node_exporter drops the fraction, and with it the default of 10 ms",
    r"node_nfs_requests_total": "node_exporter takes the counts of LayoutGet and GetDeviceInfo for each other's",
    r"node_nvme_namespace_(capacity|size)_bytes": "node_exporter takes sectors of 512 bytes for blocks of any size",
    r"node_rapl_.*_joules_total": "the label path is the zone's on the host, wherever its /sys is mounted for us",
    r"node_textfile_mtime_seconds": "when the copy was made, and its path",
}
NODE_EXPORTER = COMMON | {
    r"node_processes_threads_state": "the tree has no task folders; a process without one counts as its first thread",
    r"node_scrape_collector_success": "netdev: node_exporter asked the kernel, the tree has no /proc/net/dev; systemd "
    "is on by default here, as Debian has it",
}
PROCFS = COMMON | {
    r"node_memory_.*": "node_exporter knows a fixed list of fields; we show all that the kernel has",
    r"node_processes_threads_state": "the tree has no task folders; a process without one counts as its first thread",
    r"node_scrape_collector_success": "node_exporter says 0 of what the host lacks, and of all of a collector for one "
    "thing that it does not understand",
    r"node_textfile_scrape_error": "Debian's default folder does not exist; ours has no default",
}


def compare(title, ours, theirs, reasons):
    """Print how much of their page ours has, and each difference; return whether the figures are high enough.

    `reasons` maps regular expressions that match a whole family's name to why it differs.
    """
    our_series, our_types = map(without_foreign, parse(ours))
    their_series, their_types = map(without_foreign, parse(theirs))
    nothing = [key for key, value in their_series.items() if value == 0 and key not in our_series]
    show("not compared", nothing, ZERO_FOR_NOTHING, our_series, their_series, is_judged=False)
    nothing = {key for key in nothing if find_reason(ZERO_FOR_NOTHING, key[0])}
    their_series = {key: value for key, value in their_series.items() if key not in nothing}
    with_series = {name for name, _ in their_series}
    their_types = {name: kind for name, kind in their_types.items() if name in with_series}
    missing = [key for key in their_series if key not in our_series]
    unequal = [key for key, value in their_series.items() if key in our_series and not is_equal(our_series[key], value)]
    wrong_types = [(name, frozenset()) for name, kind in their_types.items() if our_types.get(name) != kind]
    common = len(their_series) - len(missing)
    parts = {
        "families and types": 1 - len(wrong_types) / len(their_types),
        "series": common / len(their_series),
        "values": (common - len(unequal)) / common,
    }
    print(f"{title}: {len(their_types)} families, {len(their_series)} series")
    print(", ".join(f"{what} {share:.2%}" for what, share in parts.items()))
    differences = {
        "type": wrong_types,
        "missing": missing,
        "unequal": unequal,
        "only ours": [key for key in our_series if key not in their_series and key not in nothing],
    }
    unexplained = sum(show(what, keys, reasons, our_series, their_series) for what, keys in differences.items())
    least = (FAMILIES_LEAST, SERIES_LEAST, VALUES_LEAST)
    return not unexplained and all(share >= bound for share, bound in zip(parts.values(), least, strict=True))


def without_foreign(by_name):
    """Return series or types without those that are not of the tree."""
    return {
        key: value
        for key, value in by_name.items()
        if not NOT_OF_THE_TREE.fullmatch(key if isinstance(key, str) else key[0])
    }


def is_equal(ours, theirs):
    return (math.isnan(ours) and math.isnan(theirs)) or math.isclose(ours, theirs, rel_tol=1e-12)


def find_reason(reasons, name):
    return next((reason for pattern, reason in reasons.items() if re.fullmatch(pattern, name)), None)


def show(what, keys, reasons, ours, theirs, *, is_judged=True):
    """Print the differences of one kind, those that have a reason by the reason; return how many have none."""
    explained, rest = {}, []
    for key in keys:
        reason = find_reason(reasons, key[0])
        if reason is None:
            rest.append(key)
        else:
            explained.setdefault(reason, []).append(key[0])
    for reason, names in explained.items():
        print(f"  {what}: {len(names)} of {len(set(names))} families ({min(names)} …): {reason}")
    for name, labels in rest[:MOST_SHOWN] if is_judged else ():
        pairs = ",".join(f'{key}="{value}"' for key, value in sorted(labels))
        values = f"ours {ours.get((name, labels))}, theirs {theirs.get((name, labels))}"
        print(f"  {what}: {name}{{{pairs}}}: {values}: NO REASON")
    if is_judged and len(rest) > MOST_SHOWN:
        print(f"  {what}: {len(rest) - MOST_SHOWN} more without a reason")
    return len(rest)
