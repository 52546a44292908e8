"""Board *Prometheus and Alertmanager*: whether those that watch are well themselves."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alerts
from dashboards.panels.board import Section, board, choices
from dashboards.panels.panel import BAD, GOOD, NEUTRAL, WARNING, About, Level, bars, levels, lines, number, wanted
from dashboards.panels.query import RATE, Query, now, or_zero, without_folder
from dashboards.panels.table import SHORT, Column, table

ONE = 'job="prometheus", instance=~"$instance"'
MANAGER = 'job="alertmanager"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Prometheus and Alertmanager",
        "The servers that scrape, evaluate and notify: what they take in, what they lose, how pairs agree.",
        [choices("instance", "Prometheus", "label_values(prometheus_build_info, instance)")],
        [_numbers(), _servers(), _ingestion(), _storage(), _queries(), _managers(), _processes()],
        [alerts('alertname=~".*(Prometheus|Alertmanager|Rule|Config).*"')],
    )


def _rate(name: str, selector: str = ONE, by: str = "instance") -> str:
    return f"sum by ({by}) (rate({name}{{{selector}}}[{RATE}]))"


def _numbers() -> Section:
    differ = f"max(alertmanager_config_hash{{{MANAGER}}}) - min(alertmanager_config_hash{{{MANAGER}}})"
    return "Now", [
        number(
            About("Prometheus", "Servers that answer.", "short"),
            now(or_zero(f"count(up{{{ONE}}} == 1)")),
            wanted(1),
        ),
        number(
            About("Config loaded", "Whether every Prometheus took its last configuration.", "bool_yes_no"),
            now(f"min(prometheus_config_last_reload_successful{{{ONE}}})"),
            wanted(1),
        ),
        number(
            About("Series", "Series in memory, of the fullest server.", "short"),
            Query(f"max(prometheus_tsdb_head_series{{{ONE}}})"),
        ),
        number(
            About("Samples/s", "What the servers take in.", "short"),
            Query(f"sum(rate(prometheus_tsdb_head_samples_appended_total{{{ONE}}}[{RATE}]))"),
        ),
        number(
            About("Alertmanagers", "Alertmanagers that the worst Prometheus sends to.", "short"),
            now(f"min(prometheus_notifications_alertmanagers_discovered{{{ONE}}})"),
            wanted(1),
        ),
        number(
            About("Members", "Members of the cluster as the worst one sees it; 1 without a cluster.", "short"),
            now(f"min(alertmanager_cluster_members{{{MANAGER}}}) or min(up{{{MANAGER}}})"),
            wanted(1),
        ),
        number(
            About("Routes loaded", "Whether every Alertmanager took its last configuration.", "bool_yes_no"),
            now(f"min(alertmanager_config_last_reload_successful{{{MANAGER}}})"),
            wanted(1),
        ),
        number(
            About("Routes differ", "0 when all Alertmanagers have the same configuration.", "short"),
            now(differ),
            [Level(None, GOOD), Level(1, BAD)],
        ),
    ]


def _servers() -> Section:
    def newest(name: str) -> str:
        return f"max by (instance) ({name}{{{ONE}}})"

    loaded = f"1000 * {newest('prometheus_config_last_reload_success_timestamp_seconds')}"
    oldest = f"time() - {newest('prometheus_tsdb_lowest_timestamp_seconds')}"
    return "Servers", [
        table(
            About("Prometheus by server", "One row for each server.", "short"),
            {"instance": "Server"},
            [
                Column(
                    "", f"max by (instance, version) (prometheus_build_info{{{ONE}}})", labels={"version": "Version"}
                ),
                Column("Targets", f"sum by (instance) (prometheus_target_scrape_pool_targets{{{ONE}}})"),
                Column("Series", newest("prometheus_tsdb_head_series")),
                Column("Memory", newest("process_resident_memory_bytes"), "bytes"),
                Column("Blocks", newest("prometheus_tsdb_storage_blocks_bytes"), "bytes"),
                Column("Oldest data", oldest, "s"),
                Column("Configured", loaded, "dateTimeFromNow"),
                Column("Up for", f"time() - {newest('process_start_time_seconds')}", "s"),
            ],
        ).height(SHORT)
    ]


def _ingestion() -> Section:
    def lost(name: str) -> Query:
        return Query(_rate(f"prometheus_target_scrapes_{name}_total", by=""), name.replace("_", " "))

    return "Ingestion", [
        lines(
            About("Samples", "Samples that each server takes in per second.", "short"),
            [Query(_rate("prometheus_tsdb_head_samples_appended_total"), "{{instance}}")],
        ),
        lines(
            About("Series in memory", "Of a pair, both should have about the same.", "short"),
            [Query(f"prometheus_tsdb_head_series{{{ONE}}}", "{{instance}}")],
        ),
        lines(
            About("Churn", "Series that began and ended per second: each costs memory for two hours.", "ops"),
            [
                Query(_rate("prometheus_tsdb_head_series_created_total"), "{{instance}} created"),
                Query(_rate("prometheus_tsdb_head_series_removed_total"), "{{instance}} removed"),
            ],
        ),
        lines(
            About("Refused samples", "Scrapes per second with samples that were not taken, by reason.", "ops"),
            [
                lost("exceeded_sample_limit"),
                lost("sample_out_of_order"),
                lost("sample_out_of_bounds"),
                lost("sample_duplicate_timestamp"),
            ],
        ),
        lines(
            About(
                "Scrape intervals", "How far apart scrapes really were, at the 99th percentile, by their interval.", "s"
            ),
            [
                Query(
                    f'max by (interval) (prometheus_target_interval_length_seconds{{{ONE}, quantile="0.99"}})',
                    "{{interval}}",
                )
            ],
        ),
        lines(
            About("Scrape pools", "Targets by the section of the configuration.", "short"),
            [Query(f"sum by (scrape_job) (prometheus_target_scrape_pool_targets{{{ONE}}})", "{{scrape_job}}")],
            stacked=True,
        ),
    ]


def _storage() -> Section:
    failures = {
        "tsdb_compactions_failed": "compactions",
        "tsdb_wal_corruptions": "corrupt log",
        "tsdb_reloads_failures": "reloads",
        "tsdb_checkpoint_creations_failed": "checkpoints",
    }
    return "Storage", [
        lines(
            About("Blocks on disk", "Bytes of all blocks.", "bytes"),
            [Query(f"prometheus_tsdb_storage_blocks_bytes{{{ONE}}}", "{{instance}}")],
        ),
        lines(
            About("Chunks in memory", "Chunks that are not in a block yet.", "short"),
            [Query(f"prometheus_tsdb_head_chunks{{{ONE}}}", "{{instance}}")],
        ),
        lines(
            About("Storage failures", "Per second; should be zero.", "ops"),
            [Query(_rate(f"prometheus_{name}_total", by=""), legend) for name, legend in failures.items()],
        ),
        lines(
            About("Log writes", "Pages of the write-ahead log written per second.", "ops"),
            [Query(_rate("prometheus_tsdb_wal_page_flushes_total"), "{{instance}}")],
        ),
    ]


def _queries() -> Section:
    slices = f'max by (slice) (prometheus_engine_query_duration_seconds{{{ONE}, quantile="0.9"}})'
    slowest = f"max by (rule_group) (prometheus_rule_group_last_duration_seconds{{{ONE}}})"
    return "Queries and rules", [
        lines(
            About("Query time", "What queries take at the 90th percentile, by stage; rules are queries as well.", "s"),
            [Query(f"{slices} >= 0", "{{slice}}")],
        ),
        lines(
            About("Requests", "HTTP requests per second by status.", "ops"),
            [Query(_rate("prometheus_http_requests_total", by="code"), "{{code}}")],
            {"200": GOOD, "400": WARNING, "422": WARNING, "503": BAD},
        ),
        lines(
            About("Rule evaluation", "Seconds that each group took at its last evaluation, the ten slowest.", "s"),
            [
                Query(without_folder(f"topk(10, {slowest})", "rule_group"), "{{rule_group}}"),
            ],
        ),
        lines(
            About("Queries at once", "Queries under way, against how many may be.", "short"),
            [
                Query(f"max(prometheus_engine_queries{{{ONE}}})", "under way"),
                Query(f"min(prometheus_engine_queries_concurrent_max{{{ONE}}})", "allowed"),
            ],
            {"under way": NEUTRAL, "allowed": BAD},
        ),
    ]


def _managers() -> Section:
    def newest(name: str) -> str:
        return f"max by (instance) (alertmanager_{name}{{{MANAGER}}})"

    version = f"max by (instance, version) (alertmanager_build_info{{{MANAGER}}})"
    return "Alertmanager", [
        table(
            About(
                "Alertmanager by server", "One row for each; a pair must have equal members and configuration.", "short"
            ),
            {"instance": "Server"},
            [
                Column("", version, labels={"version": "Version"}),
                Column("Members", newest("cluster_members")),
                Column("Failed members", newest("cluster_failed_peers"), steps=levels(1, 1)),
                Column("Waiting messages", newest("cluster_messages_queued")),
                Column("Configuration", newest("config_hash"), "none"),
                Column("Receivers", newest("receivers")),
                Column("Groups", newest("dispatcher_aggregation_groups")),
            ],
        ).height(SHORT),
        lines(
            About("Alerts received", "Alerts per second that each Alertmanager was sent, and those it refused.", "ops"),
            [
                Query(_rate("alertmanager_alerts_received_total", MANAGER), "{{instance}} received"),
                Query(_rate("alertmanager_alerts_invalid_total", MANAGER), "{{instance}} refused"),
            ],
        ),
        lines(
            About("Gossip", "Messages between Alertmanagers per second.", "ops"),
            [
                Query(_rate("alertmanager_cluster_messages_sent_total", MANAGER), "{{instance}} sent"),
                Query(_rate("alertmanager_cluster_messages_received_total", MANAGER), "{{instance}} received"),
            ],
        ).no_value("No cluster: an Alertmanager alone"),
    ]


def _processes() -> Section:
    both = 'job=~"prometheus|alertmanager"'
    legend = "{{job}} {{instance}}"
    files = f"process_open_fds{{{both}}} / process_max_fds{{{both}}}"
    return "Processes", [
        lines(
            About("Servers' CPU", "Cores that each server uses.", "short"),
            [Query(f"rate(process_cpu_seconds_total{{{both}}}[{RATE}])", legend)],
        ),
        lines(
            About("Servers' memory", "Resident memory of each server.", "bytes"),
            [Query(f"process_resident_memory_bytes{{{both}}}", legend)],
        ),
        bars(
            About("Servers' open files", "Share of the files that each may have open.", "percentunit"),
            now(files, legend),
            levels(0.7, 0.9),
        ),
    ]
