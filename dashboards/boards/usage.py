"""Board *Usage*: who has how many series, since each costs memory and disk."""

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
        "Series by job, team, host and metric: who costs what, and what grew.",
        [*fleet_variables(), jobs],
        [_stats(), _budgets(), _owners(), _metrics(), _over_time(), _targets()],
    )
    return frame.refresh("5m")  # counting all series by metric is the dearest query of all boards


def _stats() -> Section:
    samples = f"sum(rate(prometheus_tsdb_head_samples_appended_total[{RATE}]))"
    return "Now", [
        Stat(
            Metadata("Series told", "Series that the chosen targets tell of at each scrape.", "short"),
            instant_query(f"sum({KEPT})"),
        ),
        Stat(
            Metadata("Series in memory", "Of all Prometheus servers; ended ones stay for two hours.", "short"),
            instant_query("sum(prometheus_tsdb_head_series)"),
        ),
        Stat(Metadata("Samples/s", "Of all Prometheus servers.", "short"), instant_query(samples)),
        Stat(
            Metadata("Memory per series", "Resident memory of Prometheus over its series.", "bytes"),
            instant_query('sum(process_resident_memory_bytes{job="prometheus"}) / sum(prometheus_tsdb_head_series)'),
        ),
        Stat(
            Metadata("Series per host", "Average over the hosts' exporters, containers included.", "short"),
            instant_query(f'avg(scrape_samples_scraped{{job="node", {CHOSEN}}})'),
        ),
        Stat(
            Metadata("Dropped", "Share of what targets tell that relabelling throws away.", "percentunit"),
            instant_query(f"1 - sum({KEPT}) / sum(scrape_samples_scraped{{{CHOSEN_JOBS}}})"),
        ),
    ]


def _budgets() -> Section:
    by = "scope, job, team, dc, host"
    used = "vigie:usage_series / vigie:budget_series"
    return "Budgets", [
        table(
            Metadata("Budgets", "Who may have how many series by `budgets.yml`, and has how many.", "short"),
            {"scope": "Of a", "job": "Job", "team": "Team", "dc": "Datacenter", "host": "Host"},
            [
                Column("Series", f"max by ({by}) (vigie:usage_series and vigie:budget_series)"),
                Column("Budget", f"max by ({by}) (vigie:budget_series)"),
                Column("Used", f"max by ({by}) ({used})", "percentunit", gauge_max=1),
            ],
            sort="Used",
        )
    ]


def _owners() -> Section:
    def top_owners(by: str, legend: str, label: str, nobody: str) -> Query:
        return instant_query(fill_label(f"topk(10, sum by ({by}) ({KEPT}))", label, nobody), legend)

    return "Whose they are", [
        bargauge(
            Metadata("Series by job", "What the targets of each job tell.", "short"),
            top_owners("job", "{{job}}", "job", "no job"),
        ),
        bargauge(
            Metadata("Series by team", "What the targets of each team tell.", "short"),
            top_owners("team", "{{team}}", "team", "no team"),
        ),
        bargauge(
            Metadata(
                "Series by machine", "All that runs on one machine, its containers and applications included.", "short"
            ),
            top_owners("dc, host", "{{host}} {{dc}}", "host", "no machine"),
        ),
    ]


def _metrics() -> Section:
    by_name = f"count by (__name__) ({ALL_METRICS})"
    by_name_and_job = f"count by (__name__, job) ({ALL_METRICS})"
    added = f"sum by (job) (sum_over_time(scrape_series_added{{{CHOSEN_JOBS}}}[$__range]))"
    return "What they are", [
        bargauge(
            Metadata("Series by metric", "The ten metrics with most series.", "short"),
            instant_topk(by_name, "{{__name__}}"),
        ),
        bargauge(
            Metadata("Series by metric and job", "The same, apart for each job.", "short"),
            instant_topk(by_name_and_job, "{{__name__}} {{job}}"),
        ),
        bargauge(
            Metadata(
                "New series by job", "Series that began in the chosen time: churn costs as much as number.", "short"
            ),
            instant_topk(added, "{{job}}"),
        ),
    ]


def _over_time() -> Section:
    return "Over time", [
        timeseries(
            Metadata("Series of each job", "What the targets of each job tell.", "short"),
            [Query(f"sum by (job) ({KEPT})", "{{job}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Churn of each job", "Series that are new at a scrape.", "short"),
            [Query(f"sum by (job) (scrape_series_added{{{CHOSEN_JOBS}}})", "{{job}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Told and kept", "Series that targets tell, and those left after relabelling.", "short"),
            [
                Query(f"sum(scrape_samples_scraped{{{CHOSEN_JOBS}}})", "told"),
                Query(f"sum({KEPT})", "kept"),
            ],
            {"told": WARNING, "kept": NEUTRAL},
        ),
        timeseries(
            Metadata("Bytes of blocks", "What all series cost on disk, by server.", "bytes"),
            [Query("max by (instance) (prometheus_tsdb_storage_blocks_bytes)", "{{instance}}")],
        ),
    ]


def _targets() -> Section:
    by = "dc, job, instance"
    added = f"sum_over_time(scrape_series_added{{{CHOSEN_JOBS}}}[$__range])"
    return "Targets", [
        table(
            Metadata("Targets by series", "What each target tells, and how much of it is new.", "short"),
            {"dc": "Datacenter", "job": "Job", "instance": "Target"},
            [
                Column("Series", f"max by ({by}) ({KEPT})"),
                Column("New in this time", f"max by ({by}) ({added})"),
                Column("Scrape", f"max by ({by}) (scrape_duration_seconds{{{CHOSEN_JOBS}}})", "s"),
            ],
            sort="Series",
        )
    ]
