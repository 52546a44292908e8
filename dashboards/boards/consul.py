"""Board *Consul*: whether the catalog can be relied on; only metrics that 1.8 and current versions both have."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alerts
from dashboards.panels.board import Section, board
from dashboards.panels.panel import BAD, GOOD, NEUTRAL, UNKNOWN, WARNING, About, levels, lines, number, wanted
from dashboards.panels.query import RATE, Query, now, or_zero

CONSUL = 'job="consul"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Consul",
        "The servers of the catalog: leader, agreement, calls, members. Consul's telemetry must be scraped.",
        [],
        [_numbers(), _agreement(), _calls(), _members(), _processes()],
        [alerts('alertname=~".*(Consul|Discovery).*"')],
    )


def _speed(name: str, by: str = "instance") -> str:
    """Return how often something happened per second; Consul forgets what has not happened for a while."""
    return f"sum by ({by}) (rate(consul_{name}{{{CONSUL}}}[{RATE}]))"


def _numbers() -> Section:
    return "Now", [
        number(
            About("Servers up", "Consul servers that answer.", "short"),
            now(or_zero(f"count(up{{{CONSUL}}} == 1)")),
            wanted(1),
        ),
        number(
            About("Healthy", "Whether the servers' own supervision is content.", "bool_yes_no"),
            now(f"min(consul_autopilot_healthy{{{CONSUL}}})"),
            wanted(1),
        ),
        number(
            About("Servers to lose", "Servers that may fail before there is no leader any more.", "short"),
            now(f"min(consul_autopilot_failure_tolerance{{{CONSUL}}})"),
            wanted(1),
        ),
        number(
            About("Last answer", "Since discovery last had an answer.", "s"),
            now("time() - min(vigie_discovery_last_success_timestamp_seconds)"),
            levels(60, 180),
        ),
        number(
            About("Passing", "Targets whose checks pass.", "short"),
            now(or_zero('count(vigie_discovery_target_registered{health="passing"} == 1)')),
        ),
        number(
            About("Failing", "Targets whose checks fail.", "short"),
            now(or_zero('count(vigie_discovery_target_registered{health="critical"} == 1)')),
            levels(1, 1),
        ),
    ]


def _agreement() -> Section:
    spent, count = (f"rate(consul_raft_commitTime_{part}{{{CONSUL}}}[{RATE}])" for part in ("sum", "count"))
    commit = f"{spent} / ({count} > 0) or 0 * {count}"
    return "Agreement of the servers", [
        lines(
            About("Changes", "Changes of the catalog and of keys that were agreed on, per second.", "ops"),
            [Query(_speed("raft_apply"), "{{instance}}")],
        ),
        lines(
            About(
                "Time to agree",
                "How long a change took to be agreed on. Above 100 ms, disks or network are slow.",
                "ms",
            ),
            [Query(commit, "{{instance}}")],
        ),
        lines(
            About("Elections", "Candidates for leader per second: without a fault, none.", "ops"),
            [
                Query(_speed("raft_state_candidate"), "{{instance}} candidate"),
                Query(_speed("raft_state_leader"), "{{instance}} leader"),
            ],
        ).no_value("None in this time"),
        lines(
            About("Silence of the leader", "How long followers had not heard of their leader, on average.", "ms"),
            [Query(f'consul_raft_leader_lastContact{{{CONSUL}, quantile="0.9"}} >= 0', "{{instance}}")],
        ).no_value("No followers: a server alone"),
        lines(
            About(
                "Log", "How far each server's log and what it has applied of it are; they must grow together.", "short"
            ),
            [
                Query(f"consul_raft_last_index{{{CONSUL}}}", "{{instance}} log"),
                Query(f"consul_raft_applied_index{{{CONSUL}}}", "{{instance}} applied"),
            ],
        ),
    ]


def _calls() -> Section:
    return "Calls", [
        lines(
            About("Calls to servers", "Calls per second that servers answered, and reads among them.", "ops"),
            [Query(_speed("rpc_request"), "{{instance}} calls"), Query(_speed("rpc_query"), "{{instance}} reads")],
        ),
        lines(
            About(
                "Calls of agents", "Calls per second that this agent made to the servers, and those that failed.", "ops"
            ),
            [
                Query(_speed("client_rpc"), "{{instance}} calls"),
                Query(f"{_speed('client_rpc_failed')} or 0 * {_speed('client_rpc')}", "{{instance}} failed"),
            ],
        ),
        lines(
            About("Waiting reads", "Reads that wait for a change, as discovery's do.", "short"),
            [Query(f"consul_rpc_queries_blocking{{{CONSUL}}}", "{{instance}}")],
        ),
        lines(
            About("Registrations", "Entries written to the catalog per second.", "ops"),
            [Query(_speed("catalog_register_count"), "{{instance}}")],
        ).no_value("None in this time"),
    ]


def _members() -> Section:
    colours = {"joined": GOOD, "failed": BAD, "left": NEUTRAL}
    return "Members", [
        lines(
            About("Members", "Agents that joined, failed and left, per second.", "ops"),
            [
                Query(_speed("serf_member_join", ""), "joined"),
                Query(_speed("serf_member_failed", ""), "failed"),
                Query(_speed("serf_member_left", ""), "left"),
            ],
            colours,
        ).no_value("None in this time"),
        lines(
            About("Targets by health", "What Consul's checks say of all targets.", "short"),
            [Query("sum by (health) (vigie_discovery_target_registered)", "{{health}}")],
            {"passing": GOOD, "warning": WARNING, "critical": BAD, "maintenance": UNKNOWN},
            stacked=True,
        ),
    ]


def _processes() -> Section:
    return "Processes", [
        lines(
            About("Consul's CPU", "Cores that each server uses.", "short"),
            [Query(f"rate(process_cpu_seconds_total{{{CONSUL}}}[{RATE}])", "{{instance}}")],
        ),
        lines(
            About("Consul's memory", "Resident memory, and what of it is in use.", "bytes"),
            [
                Query(f"process_resident_memory_bytes{{{CONSUL}}}", "{{instance}} resident"),
                Query(f"consul_runtime_alloc_bytes{{{CONSUL}}}", "{{instance}} in use"),
            ],
        ),
        lines(
            About("Consul's open files", "Share of the files that each server may have open.", "percentunit"),
            [Query(f"process_open_fds{{{CONSUL}}} / process_max_fds{{{CONSUL}}}", "{{instance}}")],
            highest=1,
        ),
        lines(
            About("Threads of Consul", "Goroutines: steady growth is a leak.", "short"),
            [Query(f"consul_runtime_num_goroutines{{{CONSUL}}}", "{{instance}}")],
        ),
    ]
