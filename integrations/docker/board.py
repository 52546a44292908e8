"""Board *Docker daemon*: the daemon, the containers that it counts, actions, health checks, builds, the swarm."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.variable import multi_variable
from integrations.docker.board_queries import DAEMON, OF, engine, rate, value
from integrations.docker.board_sections import actions, builds, checks, containers, itself, swarm


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Docker daemon",
        "The Docker daemon: whether it answers, how fast it acts, its health checks, builds, logs, and its swarm.",
        [
            multi_variable("dc", "Datacenter", f"label_values(up{{{OF}}}, dc)"),
            multi_variable("instance", "Daemon", f'label_values(up{{{OF}, dc=~"$dc"}}, instance)'),
        ],
        [_now(), _daemons(), containers(), actions(), checks(), builds(), itself(), swarm()],
        [alert_annotation('alertname=~"Docker.*|Container.*", dc=~"$dc"')],
    )


def _now() -> Section:
    up = value("up")
    states = engine("container_states_containers", 'state="running"')
    failed, every = rate(engine("health_checks_failed_total"), "dc"), rate(engine("health_checks_total"), "dc")
    return "Now", [
        Stat(Metadata("Daemons", "Docker daemons that are scraped.", "short"), instant_query(or_zero(f"count({up})"))),
        Stat(
            Metadata("Down", "Daemons whose endpoint does not answer.", "short"),
            instant_query(or_zero(f"count({up} == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Running", "Containers that run, as the daemons count.", "short"), instant_query(or_zero(states))
        ),
        Stat(
            Metadata("Checks that failed", "Health checks that could not be run.", "percentunit"),
            instant_query(f"sum({failed}) / (sum({every}) > 0) or vector(0)"),
            thresholds(0.05, 0.2),
        ),
        Stat(
            Metadata("Log lines lost", "Lines per second that the logging drivers dropped.", "ops"),
            instant_query(or_zero(rate(value("logger_log_write_operations_failed_total")))),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Versions", "Versions of Docker that run side by side.", "short"),
            instant_query(f"count(count by (version) ({engine('engine_info')}))"),
        ),
    ]


def _daemons() -> Section:
    keys = {"instance": "Daemon", "version": "Version", "os": "System", "graphdriver": "Storage driver"}
    by = ", ".join(keys)
    info = f"max by ({by}, dc) ({engine('engine_info')})"

    def column(query: str) -> str:
        return f"{info} * on ({DAEMON}) group_left () (sum by ({DAEMON}) ({query}))"

    started = f"time() - {value('process_start_time_seconds')}"
    return "Daemons", [
        table(
            Metadata("All daemons", "One row for each daemon.", "short"),
            keys,
            [
                Column("Up for", column(started), "s"),
                Column("Running", column(engine("container_states_containers", 'state="running"'))),
                Column("Stopped", column(engine("container_states_containers", 'state="stopped"'))),
                Column("Processors", column(engine("engine_cpus_cpus"))),
                Column("Memory of the machine", column(engine("engine_memory_bytes")), "bytes"),
                Column("Memory of the daemon", column(value("process_resident_memory_bytes")), "bytes"),
                Column("Goroutines", column(value("go_goroutines"))),
            ],
        ),
    ]
