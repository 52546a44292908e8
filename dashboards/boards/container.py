"""Board *Container*: all about one container."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import container_promql
from dashboards.panels.alert_table import alert_table
from dashboards.panels.annotation import alert_annotation, reboot_annotation
from dashboards.panels.board import Panel, Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, UNKNOWN, WARNING
from dashboards.panels.container_table import limit_metadata
from dashboards.panels.link import host_link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import SHORT_HEIGHT, Column, LabelStyle, table
from dashboards.panels.thresholds import NONE_EXPECTED, ONE_WARNS, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import variable

HOST = 'job="node", dc="$dc", instance="$instance"'
CONTAINER = f'{HOST}, name="$container"'
ALERTS = 'dc="$dc", host="$instance", name="$container"'
BY = "dc, instance, name"


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Container",
        "One container: its CPU against its quota, its memory against its limit, its traffic, its tasks.",
        [
            variable("dc", "Datacenter", 'label_values(container_last_seen{job="node"}, dc)'),
            variable("instance", "Host", 'label_values(container_last_seen{job="node", dc="$dc"}, instance)'),
            variable("container", "Container", f"label_values(vigie_container_state{{{HOST}}}, name)"),
        ],
        [_glance(), _processor(), _memory(), _traffic(), _inside(), _facts()],
        [alert_annotation(ALERTS), reboot_annotation(HOST)],
    )


def _glance() -> Section:
    state = instant_query(f"vigie_container_state{{{CONTAINER}}} == 1", "{{state}}")
    of_limit = limit_metadata("Memory used", "Working set over the memory limit.")
    started = f"time() - container_start_time_seconds{{{CONTAINER}}}"
    return "At a glance", [
        Stat(Metadata("State", "State that the container daemon reports.", "string"), state, links=[host_link()]),
        Stat(Metadata("CPU", "Cores used.", "short"), Query(container_promql.cpu(CONTAINER, BY))),
        Stat(
            Metadata("Throttled", "Share of periods in which the CPU quota stopped it.", "percentunit"),
            Query(container_promql.throttled(CONTAINER, BY)),
            thresholds(0.1, 0.25),
        ),
        Stat(
            Metadata("Working set", "Memory that the kernel can't reclaim.", "bytes"),
            Query(container_promql.memory(CONTAINER, BY)),
        ),
        Stat(of_limit, Query(container_promql.memory_of_limit(CONTAINER, BY)), thresholds(0.8, 0.95)),
        Stat(Metadata("Up for", "Time since its last start.", "s"), instant_query(started)),
        Stat(
            Metadata("Restarts", "Restarts in the selected time range.", "short"),
            instant_query(or_zero(container_promql.restarts(CONTAINER, BY))),
            ONE_WARNS,
        ),
        Stat(
            Metadata("OOM kills", "Processes that the kernel killed for memory in the selected time range.", "short"),
            instant_query(or_zero(f"increase(container_oom_events_total{{{CONTAINER}}}[$__range])")),
            NONE_EXPECTED,
        ),
    ]


def _processor() -> Section:
    def rate(name: str) -> str:
        return f"rate(container_{name}{{{CONTAINER}}}[{RATE}])"

    quota = f"(container_spec_cpu_quota{{{CONTAINER}}} > 0) / container_spec_cpu_period{{{CONTAINER}}}"
    return "Processor", [
        timeseries(
            Metadata("CPU against quota", "Cores used in user and in system mode, and the quota.", "short"),
            [
                Query(f"sum({rate('cpu_user_seconds_total')})", "user"),
                Query(f"sum({rate('cpu_system_seconds_total')})", "system"),
                Query(f"max({quota})", "quota"),
            ],
            {"user": NEUTRAL, "system": UNKNOWN, "quota": CRITICAL},
        ),
        timeseries(
            Metadata("Throttling", "Seconds per second in which the quota kept its threads from running.", "short"),
            [Query(rate("cpu_cfs_throttled_seconds_total"), "throttled")],
            {"throttled": WARNING},
        ),
        _pressure(),
    ]


def _pressure() -> Panel:
    return timeseries(
        Metadata(
            "Container's time lost waiting", "Share of time in which some task waited for the resource.", "percentunit"
        ),
        [
            Query(f"rate(container_pressure_{resource}_waiting_seconds_total{{{CONTAINER}}}[{RATE}])", resource)
            for resource in ("cpu", "memory", "io")
        ],
        {"cpu": NEUTRAL, "memory": WARNING, "io": UNKNOWN},
    )


def _memory() -> Section:
    def family(name: str) -> str:
        return f"max(container_{name}{{{CONTAINER}}})"

    failures = f'rate(container_memory_failures_total{{{CONTAINER}, scope="container"}}[{RATE}])'
    return "Memory", [
        timeseries(
            Metadata(
                "Memory against limit",
                "The kernel can reclaim the cache, but not the working set: when that reaches the limit, it kills.",
                "bytes",
            ),
            [
                Query(family("memory_working_set_bytes"), "working set"),
                Query(family("memory_rss"), "programs"),
                Query(family("memory_cache"), "cache"),
                Query(family("memory_swap"), "swapped"),
                Query(f"max(container_spec_memory_limit_bytes{{{CONTAINER}}} > 0)", "limit"),
            ],
            {"working set": WARNING, "programs": NEUTRAL, "cache": OK, "swapped": UNKNOWN, "limit": CRITICAL},
        ),
        timeseries(
            Metadata("Faults", "Page faults per second. Major faults wait for a disk.", "ops"),
            [Query(failures, "{{failure_type}}")],
            {"pgfault": NEUTRAL, "pgmajfault": CRITICAL},
        ),
        timeseries(
            Metadata(
                "Limit hits", "How often per second its memory reached the limit, and how often it was killed.", "ops"
            ),
            [
                Query(f"rate(container_memory_failcnt{{{CONTAINER}}}[{RATE}])", "limit hits"),
                Query(f"rate(container_oom_events_total{{{CONTAINER}}}[{RATE}])", "kills"),
            ],
            {"limit hits": WARNING, "kills": CRITICAL},
        ),
    ]


def _traffic() -> Section:
    def rate(name: str) -> str:
        return f"sum(rate(container_network_{name}_total{{{CONTAINER}}}[{RATE}]))"

    return "Network and disk", [
        timeseries(
            Metadata(
                "Container's traffic", "Bits received and sent per second. With host networking there are none.", "bps"
            ),
            [
                Query(f"8 * {rate('receive_bytes')}", "received"),
                Query(f"8 * {rate('transmit_bytes')}", "sent"),
            ],
            {"received": NEUTRAL, "sent": UNKNOWN},
        ),
        timeseries(
            Metadata("Container's lost packets", "Damaged or dropped packets per second. Should be zero.", "pps"),
            [
                Query(f"{rate('receive_errors')} + {rate('transmit_errors')}", "damaged"),
                Query(f"{rate('receive_packets_dropped')} + {rate('transmit_packets_dropped')}", "dropped"),
            ],
            {"damaged": CRITICAL, "dropped": WARNING},
        ),
        timeseries(
            Metadata("Container's disk traffic", "Bytes read and written per second.", "Bps"),
            [
                Query(container_promql.disk(CONTAINER, BY, "read"), "read"),
                Query(container_promql.disk(CONTAINER, BY, "written"), "written"),
            ],
            {"read": NEUTRAL, "written": UNKNOWN},
        ),
    ]


def _inside() -> Section:
    def family(name: str) -> Query:
        return Query(f"max(container_{name}{{{CONTAINER}}})", name.replace("_", " "))

    return "Inside", [
        timeseries(
            Metadata(
                "Processes and threads",
                "Processes and threads in the container. The exporter needs root to see them.",
                "short",
            ),
            [family("processes"), family("threads")],
            {"processes": NEUTRAL, "threads": UNKNOWN},
        ),
        timeseries(
            Metadata("Descriptors and sockets", "Files and sockets that its processes have open.", "short"),
            [family("file_descriptors"), family("sockets")],
            {"file descriptors": NEUTRAL, "sockets": UNKNOWN},
        ),
        timeseries(
            Metadata("Tasks", "Threads by state.", "short"),
            [Query(f"sum by (state) (container_tasks_state{{{CONTAINER}}})", "{{state}}")],
            {"running": OK, "sleeping": NEUTRAL, "uninterruptible": CRITICAL, "iowaiting": WARNING, "stopped": UNKNOWN},
            stacked=True,
        ),
    ]


def _facts() -> Section:
    keys = {"name": "Container", "image": "Image", "id": "Id"}
    by = ", ".join(keys)
    quota = f"container_spec_cpu_quota{{{CONTAINER}}} / container_spec_cpu_period{{{CONTAINER}}}"
    return "Facts and alerts", [
        table(
            Metadata("Facts", "Image, limits and restarts. Without a quota that field is empty.", "short"),
            keys,
            [
                Column("Restarts", f"max by ({by}) (vigie_container_restarts_total{{{CONTAINER}}})"),
                Column("CPU quota", f"max by ({by}) ({quota})"),
                Column("CPU shares", f"max by ({by}) (container_spec_cpu_shares{{{CONTAINER}}})"),
                Column("Memory limit", f"max by ({by}) (container_spec_memory_limit_bytes{{{CONTAINER}}})", "bytes"),
                Column("Last seen", f"time() - max by ({by}) (container_last_seen{{{CONTAINER}}})", "s"),
            ],
            label_styles={"Id": LabelStyle(width_pixels=220)},
        ).height(SHORT_HEIGHT),
        alert_table(Metadata("Alerts of this container", "Pending and firing.", "short"), ALERTS).height(SHORT_HEIGHT),
    ]
