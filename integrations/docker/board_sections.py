"""The sections of the board *Docker daemon* about containers, actions, checks, builds, the process and the swarm."""

from dashboards.panels.board import Section
from dashboards.panels.colours import NEUTRAL, OK, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.timeseries import timeseries
from integrations.docker.board_queries import CHOSEN, engine, mean, rate, value


def containers() -> Section:
    """Return the section of containers: what the daemon counts, and what the exporter knows of the same machines."""
    on_hosts = f"and on (dc, host) up{{{CHOSEN}}}"
    unhealthy = f'sum by (dc, host) (vigie_container_health{{health="unhealthy", dc=~"$dc"}} {on_hosts})'
    followed = f'min by (dc, host) (vigie_container_daemon_connected{{dc=~"$dc"}} {on_hosts})'
    return "Containers", [
        timeseries(
            Metadata("Containers by state", "As the daemons count them.", "short"),
            [Query(f"sum by (state) ({engine('container_states_containers')})", "{{state}}")],
            {"running": OK, "paused": WARNING, "stopped": NEUTRAL},
            stacked=True,
        ),
        timeseries(
            Metadata("Unhealthy containers", "What the exporter knows of these machines.", "short"),
            [Query(unhealthy, "{{host}}")],
        ).no_value("No exporter watches these machines, or no container has a health check"),
        timeseries(
            Metadata("Followed by the exporter", "1 while the exporter follows the daemon's events.", "bool_yes_no"),
            [Query(followed, "{{host}}")],
            max_value=1,
        ).no_value("No exporter watches these machines"),
    ]


def actions() -> Section:
    """Return the section of what the daemon does, and how long it takes."""
    count = rate(engine("container_actions_seconds_count"), "action")
    return "Actions", [
        timeseries(
            Metadata("Actions on containers", "Containers made, started and removed, per second.", "ops"),
            [Query(count, "{{action}}")],
        ),
        timeseries(
            Metadata("Time to start", "Mean time from the request until a container's process runs.", "s"),
            [Query(mean("container_actions_seconds", "instance, action"), "{{action}} on {{instance}}")],
        ).no_value("No container was started in this time"),
        timeseries(
            Metadata("Time of network actions", "Mean time to give a container its network, and to take it.", "s"),
            [Query(mean("network_actions_seconds", "instance, action"), "{{action}} on {{instance}}")],
        ).no_value("No container was started in this time"),
        timeseries(
            Metadata("Time of `docker info`", "Mean time to tell of itself: a slow disk shows here early.", "s"),
            [Query(mean("host_info_functions_seconds", "instance, function"), "{{function}} on {{instance}}")],
        ).no_value("Nobody asked in this time"),
        timeseries(
            Metadata("Events", "Events that the daemon tells, per second.", "ops"),
            [Query(rate(engine("events_total")), "{{instance}}")],
        ),
        timeseries(
            Metadata("Who follows the events", "Clients that follow them: exporters, proxies, agents.", "short"),
            [Query(engine("events_subscribers_total"), "{{instance}}")],
        ),
    ]


def checks() -> Section:
    """Return the section of health checks and logs."""
    return "Health checks and logs", [
        timeseries(
            Metadata("Health checks", "Checks that ran, and those that could not be run, per second.", "ops"),
            [
                Query(rate(engine("health_checks_total")), "{{instance}} all"),
                Query(rate(engine("health_checks_failed_total")), "{{instance}} failed"),
            ],
        ),
        timeseries(
            Metadata("Time to begin a check", "Mean time until the process of a check runs.", "s"),
            [Query(mean("health_check_start_duration_seconds", "instance"), "{{instance}}")],
        ).no_value("Older than Docker 23, or no container has a health check"),
        timeseries(
            Metadata("Log lines that were lost", "Lines that logging drivers refused, and reads that failed.", "ops"),
            [
                Query(rate(value("logger_log_write_operations_failed_total")), "{{instance}} written"),
                Query(rate(value("logger_log_read_operations_failed_total")), "{{instance}} read"),
            ],
        ),
    ]


def builds() -> Section:
    """Return the section of builds by the classic builder."""
    failed = value("builder_builds_failed_total")
    return "Builds", [
        timeseries(
            Metadata("Builds", "Builds that began, an hour. BuildKit's are not counted.", "short"),
            [Query(f"increase({value('builder_builds_triggered_total')}[1h])", "{{instance}}")],
        ),
        timeseries(
            Metadata("Builds that failed", "By the reason, an hour.", "short"),
            [Query(f"sum by (reason) (increase({failed}[1h])) > 0", "{{reason}}")],
        ).no_value("No build has failed"),
    ]


def itself() -> Section:
    """Return the section of the daemon's own process."""
    return "The daemon itself", [
        timeseries(
            Metadata("CPU", "Cores that each daemon uses, without its containers.", "short"),
            [Query(f"rate({value('process_cpu_seconds_total')}[{RATE}])", "{{instance}}")],
        ),
        timeseries(
            Metadata("Memory of the daemon", "Memory that the kernel has given it.", "bytes"),
            [Query(value("process_resident_memory_bytes"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Goroutines", "Requests and streams; what grows for hours does not end.", "short"),
            [Query(value("go_goroutines"), "{{instance}}")],
        ),
        timeseries(
            Metadata("Files over their limit", "Descriptors over their limit.", "percentunit"),
            [Query(f"{value('process_open_fds')} / ({value('process_max_fds')} > 0)", "{{instance}}")],
        ),
    ]


def swarm() -> Section:
    """Return the section of the swarm, which few have."""
    return "Swarm", [
        timeseries(
            Metadata("Nodes", "Nodes of the swarm by state, as its managers count them.", "short"),
            [Query(f"max by (state) ({value('swarm_manager_nodes')})", "{{state}}")],
        ),
        timeseries(
            Metadata("Tasks", "Tasks of the swarm by state.", "short"),
            [Query(f"max by (state) ({value('swarm_manager_tasks_total')})", "{{state}}")],
        ),
        timeseries(
            Metadata("Leader", "1 for the manager that leads the swarm.", "bool_yes_no"),
            [Query(value("swarm_manager_leader"), "{{instance}}")],
            max_value=1,
        ),
    ]
