"""Board *Usage*: how many series each job, team and host has; each costs memory and disk."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Section, board
from dashboards.panels.colours import NEUTRAL, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import CHOSEN, RATE, Query, fill_label, instant_query, instant_topk
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import fleet_variables, multi_variable

CHOSEN_JOBS = f'job=~"$job", {CHOSEN}'
KEPT = f"scrape_samples_post_metric_relabeling{{{CHOSEN_JOBS}}}"
ALL_METRICS = f'{{__name__=~".+", {CHOSEN_JOBS}}}'


def build() -> Dashboard:
    """Return the board."""
    jobs = multi_variable("job", "Job", "label_values(up, job)")
    frame = board(
        "Usage",
        "Series by job, team, host and metric: which are many, and which grew.",
        [*fleet_variables(), jobs],
        [_stats(), _budgets(), _owners(), _metrics(), _over_time(), _targets()],
    )
    return frame.refresh("5m")  # counting all series by metric is the dearest query of all boards


def _stats() -> Section:
    samples = f"sum(rate(prometheus_tsdb_head_samples_appended_total[{RATE}]))"
    return "Now", [
        Stat(
            Metadata("Series scraped", "Series that the selected targets have at each scrape.", "short"),
            instant_query(f"sum({KEPT})"),
        ),
        Stat(
            Metadata(
                "Series in memory",
                "Series in memory of all Prometheus servers. Ended series stay for two hours.",
                "short",
            ),
            instant_query("sum(prometheus_tsdb_head_series)"),
        ),
        Stat(
            Metadata("Samples/s", "Samples that all Prometheus servers ingest per second.", "short"),
            instant_query(samples),
        ),
        Stat(
            Metadata("Memory per series", "Resident memory of Prometheus over its series.", "bytes"),
            instant_query('sum(process_resident_memory_bytes{job="prometheus"}) / sum(prometheus_tsdb_head_series)'),
        ),
        Stat(
            Metadata("Series per host", "Series of a host's exporter on average, containers included.", "short"),
            instant_query(f'avg(scrape_samples_scraped{{job="node", {CHOSEN}}})'),
        ),
        Stat(
            Metadata("Dropped", "Share of scraped series that relabelling drops.", "percentunit"),
            instant_query(f"1 - sum({KEPT}) / sum(scrape_samples_scraped{{{CHOSEN_JOBS}}})"),
        ),
    ]


def _budgets() -> Section:
    by = "scope, job, team, dc, host"
    used = "vigie:usage_series / vigie:budget_series"
    return "Budgets", [
        table(
            Metadata("Budgets", "Series that `budgets.yml` allows, and series in use.", "short"),
            {"scope": "Scope", "job": "Job", "team": "Team", "dc": "Datacenter", "host": "Host"},
            [
                Column("Series", f"max by ({by}) (vigie:usage_series and vigie:budget_series)"),
                Column("Budget", f"max by ({by}) (vigie:budget_series)"),
                Column("Used", f"max by ({by}) ({used})", "percentunit", gauge_max=1),
            ],
            sort="Used",
        )
    ]


def _owners() -> Section:
    def top_owners(by: str, legend: str, label: str, missing: str) -> Query:
        return instant_query(fill_label(f"topk(10, sum by ({by}) ({KEPT}))", label, missing), legend)

    return "By owner", [
        bargauge(
            Metadata("Series by job", "Series of the targets of each job.", "short"),
            top_owners("job", "{{job}}", "job", "no job"),
        ),
        bargauge(
            Metadata("Series by team", "Series of the targets of each team.", "short"),
            top_owners("team", "{{team}}", "team", "no team"),
        ),
        bargauge(
            Metadata(
                "Series by machine",
                "Series of everything on one machine, containers and applications included.",
                "short",
            ),
            top_owners("dc, host", "{{host}} {{dc}}", "host", "no machine"),
        ),
    ]


def _metrics() -> Section:
    by_name = f"count by (__name__) ({ALL_METRICS})"
    by_name_and_job = f"count by (__name__, job) ({ALL_METRICS})"
    added = f"sum by (job) (sum_over_time(scrape_series_added{{{CHOSEN_JOBS}}}[$__range]))"
    return "By metric", [
        bargauge(
            Metadata("Series by metric", "The ten metrics with the most series.", "short"),
            instant_topk(by_name, "{{__name__}}"),
        ),
        bargauge(
            Metadata("Series by metric and job", "The ten metrics with the most series in one job.", "short"),
            instant_topk(by_name_and_job, "{{__name__}} {{job}}"),
        ),
        bargauge(
            Metadata(
                "New series by job",
                "Series created in the selected time range. Churn costs as much as their number.",
                "short",
            ),
            instant_topk(added, "{{job}}"),
        ),
    ]


def _over_time() -> Section:
    return "Over time", [
        timeseries(
            Metadata("Series of each job", "Series of the targets of each job.", "short"),
            [Query(f"sum by (job) ({KEPT})", "{{job}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Churn of each job", "New series of each scrape.", "short"),
            [Query(f"sum by (job) (scrape_series_added{{{CHOSEN_JOBS}}})", "{{job}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Scraped and kept", "Series before and after relabelling.", "short"),
            [
                Query(f"sum(scrape_samples_scraped{{{CHOSEN_JOBS}}})", "scraped"),
                Query(f"sum({KEPT})", "kept"),
            ],
            {"scraped": WARNING, "kept": NEUTRAL},
        ),
        timeseries(
            Metadata("Bytes of blocks", "Bytes of all series on disk, by server.", "bytes"),
            [Query("max by (instance) (prometheus_tsdb_storage_blocks_bytes)", "{{instance}}")],
        ),
    ]


def _targets() -> Section:
    by = "dc, job, instance"
    added = f"sum_over_time(scrape_series_added{{{CHOSEN_JOBS}}}[$__range])"
    return "Targets", [
        table(
            Metadata("Targets by series", "Series of each target, and how many of them are new.", "short"),
            {"dc": "Datacenter", "job": "Job", "instance": "Target"},
            [
                Column("Series", f"max by ({by}) ({KEPT})"),
                Column("New in the range", f"max by ({by}) ({added})"),
                Column("Scrape", f"max by ({by}) (scrape_duration_seconds{{{CHOSEN_JOBS}}})", "s"),
            ],
            sort="Series",
        )
    ]
