"""What a process costs: CPU in nanosecond steps, and private memory."""

from pathlib import Path


def cpu_seconds(pid):
    """Return the CPU time of all threads that live now, from schedstat (Documentation/scheduler/sched-stats.rst)."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except FileNotFoundError:  # ended meanwhile
            continue
    return total / 1e9


def private_mib(pid):
    """Return the memory that only this process has (USS), in MiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = [int(line.split()[1]) for line in text.splitlines() if line.startswith(("Private_Clean", "Private_Dirty"))]
    return sum(sizes) / 1024


def percentile(values, share):
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
