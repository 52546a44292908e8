"""PromQL on the hosts of a fleet that several boards share; the labels `BY` tell hosts apart."""

from dashboards.panels.query import LOCAL_DISK, NODES, RATE, WIRED

BY = "dc, instance"
HEADINGS = {"dc": "Datacenter", "instance": "Host"}
CORES = f'count by ({BY}) (node_cpu_seconds_total{{{NODES}, mode="idle"}})'
LOAD_PER_CORE = f"max by ({BY}) (node_load5{{{NODES}}}) / {CORES}"
UP = f"max by ({BY}) (up{{{NODES}}})"
DISK = f"{NODES}, {LOCAL_DISK}"
DISK_BY = "dc, instance, mountpoint"
NEVER_SECONDS = 315_360_000  # ten years; what takes more than 90 days has no forecast
DISK_USED = f"1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"
MEMORY_USED = f"max by ({BY}) (1 - node_memory_MemAvailable_bytes{{{NODES}}} / node_memory_MemTotal_bytes{{{NODES}}})"


def once_per_device(expression: str, selector: str, by: str) -> str:
    """Return what of an expression belongs to one mount of each device: bind mounts tell the same once more.

    `by` are the labels of the expression that tell mounts apart. Every expression gets the same mount: the largest, and
    of equal ones the root, or one right below it.
    """
    size = "node_filesystem_size_bytes"
    ranked = (
        f'{size}{{{selector}, mountpoint="/"}} + 2 or {size}{{{selector}, mountpoint=~"/[^/]+"}} + 1 '
        f"or {size}{{{selector}}}"
    )
    return f"({expression}) and on ({by}) topk by (dc, instance, device) (1, {ranked})"


def seconds_to_full(selector: str, by: str) -> str:
    """Return the seconds until file systems are full at the pace of the last six hours, or NEVER_SECONDS."""
    recorded = f'3600 * min by ({by}) (vigie:disk_hours_to_full{{pace="6h", {selector}}})'
    return f"{recorded} or 0 * min by ({by}) (node_filesystem_avail_bytes{{{selector}}}) + {NEVER_SECONDS}"


def mode_share(mode: str) -> str:
    """Return the share of the cores' time in a mode such as `idle` or `iowait`."""
    return f'avg by ({BY}) (rate(node_cpu_seconds_total{{{NODES}, mode="{mode}"}}[{RATE}]))'


def traffic() -> str:
    """Return the bits per second that hosts received and sent."""
    received, sent = (
        f"sum by ({BY}) (rate(node_network_{way}_bytes_total{{{NODES}, {WIRED}}}[{RATE}]))"
        for way in ("receive", "transmit")
    )
    return f"8 * ({received} + {sent})"


def registered(by: str = BY) -> str:
    """Return 1 for each host that Consul has, 0 for one that discovery only keeps.

    Discovery knows neither `env` nor `team` of its targets: only the datacenter narrows this down.
    """
    named = 'vigie_discovery_target_registered{target_job="node", target_dc=~"$dc"}'
    for label in ("dc", "instance"):
        named = f'label_replace({named}, "{label}", "$1", "target_{label}", "(.+)")'
    return f"max by ({by}) ({named})"


def not_scraped() -> str:
    """Return 1 for each host that Consul has and Prometheus does not scrape."""
    return f'(({registered()}) == 1) unless on ({BY}) up{{job="node"}}'


def status() -> str:
    """Return 1 for hosts that answer, 0 for those that don't, -1 for those not scraped."""
    return f"{UP} or -1 * ({not_scraped()})"


def host_map() -> str:
    """Return the load per core, -1 for hosts that don't answer, -2 for those not scraped."""
    return f"{LOAD_PER_CORE} or ({UP} == 0) - 1 or -2 * ({not_scraped()})"
