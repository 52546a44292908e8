"""Board *Usage*: who has how many series, since each costs memory and disk."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.board import Section, board, choices, fleet_choices
from dashboards.panels.panel import NEUTRAL, WARNING, About, bars, lines, number
from dashboards.panels.query import CHOSEN, RATE, Query, now, or_word
from dashboards.panels.table import Column, table

CHOSEN_JOBS = f'job=~"$job", {CHOSEN}'
KEPT = f"scrape_samples_post_metric_relabeling{{{CHOSEN_JOBS}}}"
ALL_METRICS = f'{{__name__=~".+", {CHOSEN_JOBS}}}'


def build() -> Dashboard:
    """Return the board."""
    jobs = choices("job", "Job", "label_values(up, job)")
    frame = board(
        "Usage",
        "Series by job, team, host and metric: who costs what, and what grew.",
        [*fleet_choices(), jobs],
        [_numbers(), _budgets(), _owners(), _metrics(), _course(), _targets()],
    )
    return frame.refresh("5m")  # counting all series by metric is the dearest query of all boards


def _numbers() -> Section:
    samples = f"sum(rate(prometheus_tsdb_head_samples_appended_total[{RATE}]))"
    return "Now", [
        number(
            About("Series told", "Series that the chosen targets tell of at each scrape.", "short"),
            now(f"sum({KEPT})"),
        ),
        number(
            About("Series in memory", "Of all Prometheus servers; ended ones stay for two hours.", "short"),
            now("sum(prometheus_tsdb_head_series)"),
        ),
        number(About("Samples/s", "Of all Prometheus servers.", "short"), now(samples)),
        number(
            About("Memory per series", "Resident memory of Prometheus over its series.", "bytes"),
            now('sum(process_resident_memory_bytes{job="prometheus"}) / sum(prometheus_tsdb_head_series)'),
        ),
        number(
            About("Series per host", "Average over the hosts' exporters, containers included.", "short"),
            now(f'avg(scrape_samples_scraped{{job="node", {CHOSEN}}})'),
        ),
        number(
            About("Dropped", "Share of what targets tell that relabelling throws away.", "percentunit"),
            now(f"1 - sum({KEPT}) / sum(scrape_samples_scraped{{{CHOSEN_JOBS}}})"),
        ),
    ]


def _budgets() -> Section:
    by = "scope, job, team, dc, host"
    used = "vigie:usage_series / vigie:budget_series"
    return "Budgets", [
        table(
            About("Budgets", "Who may have how many series by `budgets.yml`, and has how many.", "short"),
            {"scope": "Of a", "job": "Job", "team": "Team", "dc": "Datacenter", "host": "Host"},
            [
                Column("Series", f"max by ({by}) (vigie:usage_series and vigie:budget_series)"),
                Column("Budget", f"max by ({by}) (vigie:budget_series)"),
                Column("Used", f"max by ({by}) ({used})", "percentunit", bar_up_to=1),
            ],
            sort="Used",
        )
    ]


def _owners() -> Section:
    def ten(by: str, legend: str, label: str, nobody: str) -> Query:
        return now(or_word(f"topk(10, sum by ({by}) ({KEPT}))", label, nobody), legend)

    return "Whose they are", [
        bars(
            About("Series by job", "What the targets of each job tell.", "short"),
            ten("job", "{{job}}", "job", "no job"),
        ),
        bars(
            About("Series by team", "What the targets of each team tell.", "short"),
            ten("team", "{{team}}", "team", "no team"),
        ),
        bars(
            About(
                "Series by machine", "All that runs on one machine, its containers and applications included.", "short"
            ),
            ten("dc, host", "{{host}} {{dc}}", "host", "no machine"),
        ),
    ]


def _metrics() -> Section:
    by_name = f"topk(10, count by (__name__) ({ALL_METRICS}))"
    by_name_and_job = f"topk(10, count by (__name__, job) ({ALL_METRICS}))"
    return "What they are", [
        bars(About("Series by metric", "The ten metrics with most series.", "short"), now(by_name, "{{__name__}}")),
        bars(
            About("Series by metric and job", "The same, apart for each job.", "short"),
            now(by_name_and_job, "{{__name__}} {{job}}"),
        ),
        bars(
            About("New series by job", "Series that began in the chosen time: churn costs as much as number.", "short"),
            now(f"topk(10, sum by (job) (sum_over_time(scrape_series_added{{{CHOSEN_JOBS}}}[$__range])))", "{{job}}"),
        ),
    ]


def _course() -> Section:
    return "Over time", [
        lines(
            About("Series of each job", "What the targets of each job tell.", "short"),
            [Query(f"sum by (job) ({KEPT})", "{{job}}")],
            stacked=True,
        ),
        lines(
            About("Churn of each job", "Series that are new at a scrape.", "short"),
            [Query(f"sum by (job) (scrape_series_added{{{CHOSEN_JOBS}}})", "{{job}}")],
            stacked=True,
        ),
        lines(
            About("Told and kept", "Series that targets tell, and those left after relabelling.", "short"),
            [
                Query(f"sum(scrape_samples_scraped{{{CHOSEN_JOBS}}})", "told"),
                Query(f"sum({KEPT})", "kept"),
            ],
            {"told": WARNING, "kept": NEUTRAL},
        ),
        lines(
            About("Bytes of blocks", "What all series cost on disk, by server.", "bytes"),
            [Query("max by (instance) (prometheus_tsdb_storage_blocks_bytes)", "{{instance}}")],
        ),
    ]


def _targets() -> Section:
    by = "dc, job, instance"
    added = f"sum_over_time(scrape_series_added{{{CHOSEN_JOBS}}}[$__range])"
    return "Targets", [
        table(
            About("Targets by series", "What each target tells, and how much of it is new.", "short"),
            {"dc": "Datacenter", "job": "Job", "instance": "Target"},
            [
                Column("Series", f"max by ({by}) ({KEPT})"),
                Column("New in this time", f"max by ({by}) ({added})"),
                Column("Scrape", f"max by ({by}) (scrape_duration_seconds{{{CHOSEN_JOBS}}})", "s"),
            ],
            sort="Series",
        )
    ]
