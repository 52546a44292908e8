"""Board *Prometheus and Alertmanager*: whether the monitoring servers are healthy themselves."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, or_zero, without_folder
from dashboards.panels.stat import Stat
from dashboards.panels.table import SHORT_HEIGHT, Column, table
from dashboards.panels.thresholds import Threshold, at_least, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable
from dashboards.sections.prometheus import ALERTMANAGER, PROMETHEUS, alertmanager, rate, storage


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Prometheus and Alertmanager",
        "The servers that scrape, evaluate and notify: ingestion, losses, and whether pairs agree.",
        [multi_variable("instance", "Prometheus", "label_values(prometheus_build_info, instance)")],
        [
            _stats(),
            _servers(),
            storage.ingestion(),
            storage.storage(),
            _queries(),
            alertmanager.alertmanager(),
            _processes(),
        ],
        [alert_annotation('alertname=~".*(Prometheus|Alertmanager|Rule|Config).*"')],
    )


def _stats() -> Section:
    differ = f"max(alertmanager_config_hash{{{ALERTMANAGER}}}) - min(alertmanager_config_hash{{{ALERTMANAGER}}})"
    return "Now", [
        Stat(
            Metadata("Prometheus", "Servers that answer.", "short"),
            instant_query(or_zero(f"count(up{{{PROMETHEUS}}} == 1)")),
            at_least(1),
        ),
        Stat(
            Metadata("Config loaded", "Whether every Prometheus loaded its last configuration.", "bool_yes_no"),
            instant_query(f"min(prometheus_config_last_reload_successful{{{PROMETHEUS}}})"),
            at_least(1),
        ),
        Stat(
            Metadata("Series", "Series in memory of the largest server.", "short"),
            Query(f"max(prometheus_tsdb_head_series{{{PROMETHEUS}}})"),
        ),
        Stat(
            Metadata("Samples/s", "Samples that the servers ingest per second.", "short"),
            Query(f"sum(rate(prometheus_tsdb_head_samples_appended_total{{{PROMETHEUS}}}[{RATE}]))"),
        ),
        Stat(
            Metadata("Alertmanagers", "Alertmanagers that each Prometheus sends to: the smallest number.", "short"),
            instant_query(f"min(prometheus_notifications_alertmanagers_discovered{{{PROMETHEUS}}})"),
            at_least(1),
        ),
        Stat(
            Metadata(
                "Members",
                "Members of the cluster as each Alertmanager sees it: the smallest number. 1 without a cluster.",
                "short",
            ),
            instant_query(f"min(alertmanager_cluster_members{{{ALERTMANAGER}}}) or min(up{{{ALERTMANAGER}}})"),
            at_least(1),
        ),
        Stat(
            Metadata("Routes loaded", "Whether every Alertmanager loaded its last configuration.", "bool_yes_no"),
            instant_query(f"min(alertmanager_config_last_reload_successful{{{ALERTMANAGER}}})"),
            at_least(1),
        ),
        Stat(
            Metadata("Routes differ", "0 when all Alertmanagers have the same configuration.", "short"),
            instant_query(differ),
            [Threshold(None, OK), Threshold(1, CRITICAL)],
        ),
    ]


def _servers() -> Section:
    def newest(name: str) -> str:
        return f"max by (instance) ({name}{{{PROMETHEUS}}})"

    loaded = f"1000 * {newest('prometheus_config_last_reload_success_timestamp_seconds')}"
    oldest = f"time() - {newest('prometheus_tsdb_lowest_timestamp_seconds')}"
    return "Servers", [
        table(
            Metadata("Prometheus by server", "One row for each server.", "short"),
            {"instance": "Server"},
            [
                Column(
                    "",
                    f"max by (instance, version) (prometheus_build_info{{{PROMETHEUS}}})",
                    labels={"version": "Version"},
                ),
                Column("Targets", f"sum by (instance) (prometheus_target_scrape_pool_targets{{{PROMETHEUS}}})"),
                Column("Series", newest("prometheus_tsdb_head_series")),
                Column("Memory", newest("process_resident_memory_bytes"), "bytes"),
                Column("Blocks", newest("prometheus_tsdb_storage_blocks_bytes"), "bytes"),
                Column("Oldest data", oldest, "s"),
                Column("Configured", loaded, "dateTimeFromNow"),
                Column("Up for", f"time() - {newest('process_start_time_seconds')}", "s"),
            ],
        ).height(SHORT_HEIGHT)
    ]


def _queries() -> Section:
    slices = f'max by (slice) (prometheus_engine_query_duration_seconds{{{PROMETHEUS}, quantile="0.9"}})'
    slowest = f"max by (rule_group) (prometheus_rule_group_last_duration_seconds{{{PROMETHEUS}}})"
    return "Queries and rules", [
        timeseries(
            Metadata(
                "Query time", "Duration of queries at the 90th percentile, by stage. Rules are queries as well.", "s"
            ),
            [Query(f"{slices} >= 0", "{{slice}}")],
        ),
        timeseries(
            Metadata("Requests", "HTTP requests per second by status.", "ops"),
            [Query(rate("prometheus_http_requests_total", by="code"), "{{code}}")],
            {"200": OK, "400": WARNING, "422": WARNING, "503": CRITICAL},
        ),
        timeseries(
            Metadata("Rule evaluation", "Duration of each group's last evaluation. Shown are the ten slowest.", "s"),
            [
                Query(without_folder(f"topk(10, {slowest})", "rule_group"), "{{rule_group}}"),
            ],
        ),
        timeseries(
            Metadata("Concurrent queries", "Queries under way, and the limit.", "short"),
            [
                Query(f"max(prometheus_engine_queries{{{PROMETHEUS}}})", "under way"),
                Query(f"min(prometheus_engine_queries_concurrent_max{{{PROMETHEUS}}})", "allowed"),
            ],
            {"under way": NEUTRAL, "allowed": CRITICAL},
        ),
    ]


def _processes() -> Section:
    both = 'job=~"prometheus|alertmanager"'
    legend = "{{job}} {{instance}}"
    files = f"process_open_fds{{{both}}} / process_max_fds{{{both}}}"
    return "Processes", [
        timeseries(
            Metadata("Servers' CPU", "Cores that each server uses.", "short"),
            [Query(f"rate(process_cpu_seconds_total{{{both}}}[{RATE}])", legend)],
        ),
        timeseries(
            Metadata("Servers' memory", "Resident memory of each server.", "bytes"),
            [Query(f"process_resident_memory_bytes{{{both}}}", legend)],
        ),
        bargauge(
            Metadata("Servers' open files", "Open files over each server's limit.", "percentunit"),
            instant_query(files, legend),
            thresholds(0.7, 0.9),
        ),
    ]
