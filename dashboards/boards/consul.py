"""Board *Consul*: whether the catalog can be relied on; only metrics that 1.8 and current versions both have."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, UNKNOWN, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.thresholds import at_least, thresholds
from dashboards.panels.timeseries import timeseries

CONSUL = 'job="consul"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Consul",
        "Consul's servers: leader, Raft, RPC, members. Consul's telemetry must be scraped.",
        [],
        [_stats(), _agreement(), _calls(), _members(), _processes()],
        [alert_annotation('alertname=~".*(Consul|Discovery).*"')],
    )


def _rate(name: str, by: str = "instance") -> str:
    """Return how often something happened per second; Consul forgets counters that did not change for a while."""
    return f"sum by ({by}) (rate(consul_{name}{{{CONSUL}}}[{RATE}]))"


def _stats() -> Section:
    return "Now", [
        Stat(
            Metadata("Servers up", "Consul servers that answer.", "short"),
            instant_query(or_zero(f"count(up{{{CONSUL}}} == 1)")),
            at_least(1),
        ),
        Stat(
            Metadata("Healthy", "Whether Consul's autopilot calls the servers healthy.", "bool_yes_no"),
            instant_query(f"min(consul_autopilot_healthy{{{CONSUL}}})"),
            at_least(1),
        ),
        Stat(
            Metadata("Servers to lose", "Servers that may fail before the cluster loses its leader.", "short"),
            instant_query(f"min(consul_autopilot_failure_tolerance{{{CONSUL}}})"),
            at_least(1),
        ),
        Stat(
            Metadata("Last answer", "Time since Consul last answered discovery.", "s"),
            instant_query("time() - min(vigie_discovery_last_success_timestamp_seconds)"),
            thresholds(60, 180),
        ),
        Stat(
            Metadata("Passing", "Targets whose checks pass.", "short"),
            instant_query(or_zero('count(vigie_discovery_target_registered{health="passing"} == 1)')),
        ),
        Stat(
            Metadata("Failing", "Targets whose checks fail.", "short"),
            instant_query(or_zero('count(vigie_discovery_target_registered{health="critical"} == 1)')),
            thresholds(1, 1),
        ),
    ]


def _agreement() -> Section:
    spent, count = (f"rate(consul_raft_commitTime_{part}{{{CONSUL}}}[{RATE}])" for part in ("sum", "count"))
    commit = f"{spent} / ({count} > 0) or 0 * {count}"
    return "Raft", [
        timeseries(
            Metadata("Changes", "Raft transactions per second: changes of the catalog and of keys.", "ops"),
            [Query(_rate("raft_apply"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Commit time",
                "Time that a Raft commit takes. Above 100 ms, disks or network are slow.",
                "ms",
            ),
            [Query(commit, "{{instance}}")],
        ),
        timeseries(
            Metadata("Elections", "Candidates and new leaders per second. Without a fault there are none.", "ops"),
            [
                Query(_rate("raft_state_candidate"), "{{instance}} candidate"),
                Query(_rate("raft_state_leader"), "{{instance}} leader"),
            ],
        ).no_value("None in this time"),
        timeseries(
            Metadata(
                "Leader's last contact",
                "Time since the leader last reached its followers, at the 90th percentile.",
                "ms",
            ),
            [Query(f'consul_raft_leader_lastContact{{{CONSUL}, quantile="0.9"}} >= 0', "{{instance}}")],
        ).no_value("A single server has no followers"),
        timeseries(
            Metadata(
                "Log",
                "Index of each server's log, and the index that it has applied. Both must grow together.",
                "short",
            ),
            [
                Query(f"consul_raft_last_index{{{CONSUL}}}", "{{instance}} log"),
                Query(f"consul_raft_applied_index{{{CONSUL}}}", "{{instance}} applied"),
            ],
        ),
    ]


def _calls() -> Section:
    return "RPC", [
        timeseries(
            Metadata(
                "Calls to servers", "RPC calls per second that servers answered, and the reads among them.", "ops"
            ),
            [Query(_rate("rpc_request"), "{{instance}} calls"), Query(_rate("rpc_query"), "{{instance}} reads")],
        ),
        timeseries(
            Metadata("Calls of agents", "RPC calls per second from agents to servers, and those that failed.", "ops"),
            [
                Query(_rate("client_rpc"), "{{instance}} calls"),
                Query(f"{_rate('client_rpc_failed')} or 0 * {_rate('client_rpc')}", "{{instance}} failed"),
            ],
        ),
        timeseries(
            Metadata("Blocking queries", "Reads that wait for a change, such as discovery's.", "short"),
            [Query(f"consul_rpc_queries_blocking{{{CONSUL}}}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Registrations", "Entries written to the catalog per second.", "ops"),
            [Query(_rate("catalog_register_count"), "{{instance}}")],
        ).no_value("None in this time"),
    ]


def _members() -> Section:
    colours = {"joined": OK, "failed": CRITICAL, "left": NEUTRAL}
    return "Members", [
        timeseries(
            Metadata("Members", "Agents that joined, failed and left, per second.", "ops"),
            [
                Query(_rate("serf_member_join", ""), "joined"),
                Query(_rate("serf_member_failed", ""), "failed"),
                Query(_rate("serf_member_left", ""), "left"),
            ],
            colours,
        ).no_value("None in this time"),
        timeseries(
            Metadata("Targets by health", "All targets by the state of their Consul checks.", "short"),
            [Query("sum by (health) (vigie_discovery_target_registered)", "{{health}}")],
            {"passing": OK, "warning": WARNING, "critical": CRITICAL, "maintenance": UNKNOWN},
            stacked=True,
        ),
    ]


def _processes() -> Section:
    return "Processes", [
        timeseries(
            Metadata("Consul's CPU", "Cores that each server uses.", "short"),
            [Query(f"rate(process_cpu_seconds_total{{{CONSUL}}}[{RATE}])", "{{instance}}")],
        ),
        timeseries(
            Metadata("Consul's memory", "Resident memory, and the part of it in use.", "bytes"),
            [
                Query(f"process_resident_memory_bytes{{{CONSUL}}}", "{{instance}} resident"),
                Query(f"consul_runtime_alloc_bytes{{{CONSUL}}}", "{{instance}} in use"),
            ],
        ),
        timeseries(
            Metadata("Consul's open files", "Open files over each server's limit.", "percentunit"),
            [Query(f"process_open_fds{{{CONSUL}}} / process_max_fds{{{CONSUL}}}", "{{instance}}")],
            max_value=1,
        ),
        timeseries(
            Metadata("Threads of Consul", "Goroutines. Steady growth is a leak.", "short"),
            [Query(f"consul_runtime_num_goroutines{{{CONSUL}}}", "{{instance}}")],
        ),
    ]
