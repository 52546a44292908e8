"""Board *Container*: all about one container."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import container_tables as containers
from dashboards.panels.alert_tables import alert_table
from dashboards.panels.annotation import alerts, reboots
from dashboards.panels.board import Panel, Section, board, choice
from dashboards.panels.link import to_host
from dashboards.panels.panel import BAD, GOOD, NEUTRAL, NONE_WANTED, UNKNOWN, WARNING, About, levels, lines, number
from dashboards.panels.query import RATE, Query, now, or_zero
from dashboards.panels.table import SHORT, Column, Looks, table

HOST = 'job="node", dc="$dc", instance="$instance"'
ONE = f'{HOST}, name="$container"'
ALERTS = 'dc="$dc", host="$instance", name="$container"'
BY = "dc, instance, name"


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Container",
        "One container: its CPU against its quota, its memory against its limit, its traffic, its tasks.",
        [
            choice("dc", "Datacenter", 'label_values(container_last_seen{job="node"}, dc)'),
            choice("instance", "Host", 'label_values(container_last_seen{job="node", dc="$dc"}, instance)'),
            choice("container", "Container", f"label_values(vigie_container_state{{{HOST}}}, name)"),
        ],
        [_glance(), _processor(), _memory(), _traffic(), _inside(), _facts()],
        [alerts(ALERTS), reboots(HOST)],
    )


def _glance() -> Section:
    state = now(f"vigie_container_state{{{ONE}}} == 1", "{{state}}")
    of_limit = containers.about_limit("Memory used", "Share of the memory limit that can't be taken away.")
    started = f"time() - container_start_time_seconds{{{ONE}}}"
    return "At a glance", [
        number(About("State", "What the container daemon says.", "string"), state, links=[to_host()]),
        number(About("CPU", "Cores that it uses.", "short"), Query(containers.cpu(ONE, BY))),
        number(
            About("Throttled", "Share of periods in which its CPU quota stopped it.", "percentunit"),
            Query(containers.throttled(ONE, BY)),
            levels(0.1, 0.25),
        ),
        number(
            About("Working set", "Memory that can't be taken from it.", "bytes"),
            Query(containers.memory(ONE, BY)),
        ),
        number(of_limit, Query(containers.memory_of_limit(ONE, BY)), levels(0.8, 0.95)),
        number(About("Up for", "Time since its last start.", "s"), now(started)),
        number(
            About("Restarts", "Starts anew in the chosen time.", "short"),
            now(or_zero(containers.restarts(ONE, BY))),
            NONE_WANTED,
        ),
        number(
            About("OOM kills", "Kills by the kernel for memory in the chosen time.", "short"),
            now(or_zero(f"increase(container_oom_events_total{{{ONE}}}[$__range])")),
            NONE_WANTED,
        ),
    ]


def _processor() -> Section:
    def speed(name: str) -> str:
        return f"rate(container_{name}{{{ONE}}}[{RATE}])"

    quota = f"(container_spec_cpu_quota{{{ONE}}} > 0) / container_spec_cpu_period{{{ONE}}}"
    return "Processor", [
        lines(
            About("CPU against quota", "Cores that its programs and the kernel for them use, and its quota.", "short"),
            [
                Query(f"sum({speed('cpu_user_seconds_total')})", "user"),
                Query(f"sum({speed('cpu_system_seconds_total')})", "system"),
                Query(f"max({quota})", "quota"),
            ],
            {"user": NEUTRAL, "system": UNKNOWN, "quota": BAD},
        ),
        lines(
            About(
                "Throttling", "Seconds per second in which its quota kept it from running, over its threads.", "short"
            ),
            [Query(speed("cpu_cfs_throttled_seconds_total"), "throttled")],
            {"throttled": WARNING},
        ),
        _pressure(),
    ]


def _pressure() -> Panel:
    return lines(
        About(
            "Container's time lost waiting", "Share of time in which some task waited for the resource.", "percentunit"
        ),
        [
            Query(f"rate(container_pressure_{one}_waiting_seconds_total{{{ONE}}}[{RATE}])", one)
            for one in ("cpu", "memory", "io")
        ],
        {"cpu": NEUTRAL, "memory": WARNING, "io": UNKNOWN},
    )


def _memory() -> Section:
    def family(name: str) -> str:
        return f"max(container_{name}{{{ONE}}})"

    failures = f'rate(container_memory_failures_total{{{ONE}, scope="container"}}[{RATE}])'
    return "Memory", [
        lines(
            About(
                "Memory against limit",
                "The working set is what can't be taken from it: at the limit, the kernel kills. The cache can be.",
                "bytes",
            ),
            [
                Query(family("memory_working_set_bytes"), "working set"),
                Query(family("memory_rss"), "programs"),
                Query(family("memory_cache"), "cache"),
                Query(family("memory_swap"), "swapped"),
                Query(f"max(container_spec_memory_limit_bytes{{{ONE}}} > 0)", "limit"),
            ],
            {"working set": WARNING, "programs": NEUTRAL, "cache": GOOD, "swapped": UNKNOWN, "limit": BAD},
        ),
        lines(
            About("Faults", "Page faults per second; major ones wait for a disk.", "ops"),
            [Query(failures, "{{failure_type}}")],
            {"pgfault": NEUTRAL, "pgmajfault": BAD},
        ),
        lines(
            About("Limit hits", "How often per second it wanted more memory than its limit, and was killed.", "ops"),
            [
                Query(f"rate(container_memory_failcnt{{{ONE}}}[{RATE}])", "limit hits"),
                Query(f"rate(container_oom_events_total{{{ONE}}}[{RATE}])", "kills"),
            ],
            {"limit hits": WARNING, "kills": BAD},
        ),
    ]


def _traffic() -> Section:
    def speed(name: str) -> str:
        return f"sum(rate(container_network_{name}_total{{{ONE}}}[{RATE}]))"

    return "Network and disk", [
        lines(
            About("Container's traffic", "Bits received and sent per second; none with the host's network.", "bps"),
            [
                Query(f"8 * {speed('receive_bytes')}", "received"),
                Query(f"8 * {speed('transmit_bytes')}", "sent"),
            ],
            {"received": NEUTRAL, "sent": UNKNOWN},
        ),
        lines(
            About("Container's lost packets", "Damaged or dropped packets per second. Should be zero.", "pps"),
            [
                Query(f"{speed('receive_errors')} + {speed('transmit_errors')}", "damaged"),
                Query(f"{speed('receive_packets_dropped')} + {speed('transmit_packets_dropped')}", "dropped"),
            ],
            {"damaged": BAD, "dropped": WARNING},
        ),
        lines(
            About("Container's disk traffic", "Bytes read and written per second.", "Bps"),
            [
                Query(containers.disk(ONE, BY, "read"), "read"),
                Query(containers.disk(ONE, BY, "written"), "written"),
            ],
            {"read": NEUTRAL, "written": UNKNOWN},
        ),
    ]


def _inside() -> Section:
    def family(name: str) -> Query:
        return Query(f"max(container_{name}{{{ONE}}})", name.replace("_", " "))

    return "Inside", [
        lines(
            About("Processes and threads", "Those that run in it; the exporter needs root to see them.", "short"),
            [family("processes"), family("threads")],
            {"processes": NEUTRAL, "threads": UNKNOWN},
        ),
        lines(
            About("Descriptors and sockets", "Files and sockets that its processes have open.", "short"),
            [family("file_descriptors"), family("sockets")],
            {"file descriptors": NEUTRAL, "sockets": UNKNOWN},
        ),
        lines(
            About("Tasks", "Its threads by what they do.", "short"),
            [Query(f"sum by (state) (container_tasks_state{{{ONE}}})", "{{state}}")],
            {"running": GOOD, "sleeping": NEUTRAL, "uninterruptible": BAD, "iowaiting": WARNING, "stopped": UNKNOWN},
            stacked=True,
        ),
    ]


def _facts() -> Section:
    keys = {"name": "Container", "image": "Image", "id": "Id"}
    by = ", ".join(keys)
    quota = f"container_spec_cpu_quota{{{ONE}}} / container_spec_cpu_period{{{ONE}}}"
    return "Facts and alerts", [
        table(
            About("Facts", "What it is, and what it may use; no quota is none.", "short"),
            keys,
            [
                Column("Restarts", f"max by ({by}) (vigie_container_restarts_total{{{ONE}}})"),
                Column("CPU quota", f"max by ({by}) ({quota})"),
                Column("CPU shares", f"max by ({by}) (container_spec_cpu_shares{{{ONE}}})"),
                Column("Memory limit", f"max by ({by}) (container_spec_memory_limit_bytes{{{ONE}}})", "bytes"),
                Column("Last seen", f"time() - max by ({by}) (container_last_seen{{{ONE}}})", "s"),
            ],
            looks={"Id": Looks(pixels=220)},
        ).height(SHORT),
        alert_table(About("Alerts of this container", "Pending and firing.", "short"), ALERTS).height(SHORT),
    ]
