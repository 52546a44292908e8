"""Board *Service discovery*: whether Prometheus scrapes what is registered in Consul."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Panel, Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, UNKNOWN, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query, instant_query, instant_topk, or_none, or_zero, without_folder
from dashboards.panels.stat import Stat
from dashboards.panels.table import SHORT_HEIGHT, Column, table
from dashboards.panels.thresholds import NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import multi_variable

REGISTERED = 'vigie_discovery_target_registered{target_dc=~"$dc"}'
BY = "dc, job, instance"
HEADINGS = {"dc": "Datacenter", "job": "Job", "instance": "Target"}
DISCOVERY = 'job="vigie-discovery"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Service discovery",
        "Consul's catalog against Prometheus's targets: what is missing, stale or refused.",
        [multi_variable("dc", "Datacenter", "label_values(vigie_discovery_target_registered, target_dc)")],
        [_stats(), _jobs(), _missing(), _freshness(), _changes(), _scrapes()],
        [alert_annotation('alertname=~".*(Discovery|Target|Consul).*"')],
    )


def _named() -> str:
    """Return the registered targets under the labels that their own series have."""
    named = REGISTERED
    for label in ("dc", "job", "instance"):
        named = f'label_replace({named}, "{label}", "$1", "target_{label}", "(.+)")'
    return named


def _not_scraped() -> str:
    return f"(max by ({BY}) ({_named()}) == 1) unless on ({BY}) up"


def _stats() -> Section:
    age = "time() - min(vigie_discovery_last_success_timestamp_seconds)"
    return "Now", [
        Stat(
            Metadata("Registered", "Targets that are registered in Consul now.", "short"),
            instant_query(or_zero(f"count({REGISTERED} == 1)")),
        ),
        Stat(
            Metadata("In the files", "Targets in discovery's files for Prometheus.", "short"),
            instant_query("sum(vigie_discovery_targets)"),
        ),
        Stat(
            Metadata("Not scraped", "Targets that are registered and that this Prometheus does not scrape.", "short"),
            instant_query(or_zero(f"count({_not_scraped()})")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Down", "Targets that are scraped and don't answer.", "short"),
            instant_query(or_zero("count(up == 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Held", "Targets that are kept because too many vanished at once.", "short"),
            instant_query(or_zero("vigie_discovery_held_targets")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Lost", "Targets that are kept because they vanished while failing.", "short"),
            instant_query(or_zero("vigie_discovery_lost_targets")),
            NONE_EXPECTED,
        ),
        Stat(Metadata("Last answer", "Time since Consul last answered.", "s"), instant_query(age), thresholds(60, 180)),
        Stat(
            Metadata("Frozen", "Reasons for which discovery removes no target now.", "short"),
            instant_query(or_zero("vigie_discovery_frozen")),
            NONE_EXPECTED,
        ),
    ]


def _jobs() -> Section:
    metadata = Metadata("Jobs", "Targets of each job in Consul, in the files, and in Prometheus.", "short")
    in_files = 'label_replace(vigie_discovery_targets, "job", "$1", "target_job", "(.+)")'
    return "Jobs", [
        table(
            metadata,
            {"job": "Job"},
            [
                Column("Registered", f"sum by (job) ({_named()})"),
                Column("In the files", f"sum by (job) ({in_files})"),
                Column("Scraped", "count by (job) (up)"),
                Column("Up", "sum by (job) (up)"),
                Column("Down", "count by (job) (up == 0)", thresholds=NONE_EXPECTED),
                Column("Not scraped", f"count by (job) ({_not_scraped()})", thresholds=NONE_EXPECTED),
            ],
        )
    ]


def _missing() -> Section:
    failing = f"(max by ({BY}) (up) == 0) * 0"
    # Over the selected time range: a target that flaps has a share, one that is gone has none.
    answered = f"max by ({BY}) (avg_over_time(up[$__range])) and on ({BY}) (up == 0)"
    health = f"max by ({BY}, health) ({_named()})"
    return "Missing targets", [
        table(
            Metadata("Targets not scraped", "Registered in Consul, but dropped, refused or not yet read.", "short"),
            HEADINGS,
            [Column("Registered", _not_scraped())],
        ).height(SHORT_HEIGHT),
        table(
            Metadata("Targets that don't answer", "Targets whose scrapes fail, and their health in Consul.", "short"),
            HEADINGS,
            [
                Column("", f"{failing} + on ({BY}) group_right () {health}", labels={"health": "Consul health"}),
                Column("Answered", answered, "percentunit"),
            ],
        ).height(SHORT_HEIGHT),
    ]


def _freshness() -> Section:
    return "Freshness", [
        timeseries(
            Metadata("Age of the catalog", "Time since Consul last answered, by datacenter.", "s"),
            [Query("time() - vigie_discovery_last_success_timestamp_seconds", "{{dc}}")],
        ),
        timeseries(
            Metadata("Age of the files", "Time since each file changed. A long time without changes is fine.", "s"),
            [Query(without_folder("time() - prometheus_sd_file_mtime_seconds", "filename"), "{{filename}}")],
        ),
        timeseries(
            Metadata(
                "Frozen by reason",
                "1 while discovery removes no target: Consul's index went back, or its answers are incomplete.",
                "short",
            ),
            [Query("max by (dc, reason) (vigie_discovery_frozen)", "{{dc}} {{reason}}")],
        ),
        timeseries(
            Metadata(
                "Updates in Prometheus",
                "Updates that Prometheus read per second, and files that it could not read.",
                "ops",
            ),
            [
                Query(f"sum(rate(prometheus_sd_updates_total[{RATE}]))", "updates"),
                Query(f"sum(rate(prometheus_sd_file_read_errors_total[{RATE}]))", "read errors"),
            ],
            {"updates": NEUTRAL, "read errors": CRITICAL},
        ),
    ]


def _changes() -> Section:
    def rate(name: str, by: str = "") -> str:
        kept = f" by ({by})" if by else ""
        return f"sum{kept} (rate(vigie_discovery_{name}_total{{{DISCOVERY}}}[{RATE}]))"

    return "Changes", [
        timeseries(
            Metadata("Targets by job", "Targets in the files.", "short"),
            [Query("sum by (target_job) (vigie_discovery_targets)", "{{target_job}}")],
            stacked=True,
        ),
        timeseries(
            Metadata("Kept", "Targets that are kept although Consul no longer has them.", "short"),
            [
                Query("sum(vigie_discovery_held_targets)", "held"),
                Query("sum(vigie_discovery_lost_targets)", "lost"),
            ],
            {"held": WARNING, "lost": CRITICAL},
        ),
        timeseries(
            Metadata("Writes", "Files written per second. Each write is a change.", "ops"),
            [Query(rate("writes"), "writes")],
            {"writes": NEUTRAL},
        ),
        timeseries(
            Metadata(
                "Removed and refused", "Removed targets, and refused instances and labels, per second by reason.", "ops"
            ),
            [
                Query(or_none(rate("removed", "reason"), "reason"), "removed: {{reason}}"),
                Query(or_none(rate("refused", "reason"), "reason"), "refused: {{reason}}"),
            ],
        ),
        timeseries(
            Metadata("Discovery's errors", "Failed reads and writes per second, by reason.", "ops"),
            [Query(or_none(rate("errors", "reason"), "reason"), "{{reason}}")],
        ),
        _dropped(),
    ]


def _dropped() -> Panel:
    read = 'sum by (config) (prometheus_sd_discovered_targets{name="scrape"})'
    pool = "sum by (scrape_job) (prometheus_target_scrape_pool_targets)"
    return timeseries(
        Metadata("Read and scraped", "Targets that Prometheus read, and those left after its relabelling.", "short"),
        [Query(read, "{{config}} read"), Query(pool, "{{scrape_job}} scraped")],
    )


def _scrapes() -> Section:
    legend = "{{job}} {{instance}}"
    return "Scrapes", [
        bargauge(
            Metadata("Slowest targets", "Duration of the last scrape. The timeout is 5 s.", "s"),
            instant_topk("scrape_duration_seconds", legend),
            thresholds(2, 4),
        ),
        bargauge(
            Metadata("Largest targets", "Samples of the last scrape.", "short"),
            instant_topk("scrape_samples_scraped", legend),
        ),
        bargauge(
            Metadata("Flapping targets", "How often they went up or down in the selected time range.", "short"),
            instant_topk("changes(up[$__range])", legend),
            thresholds(2, 10),
        ),
        timeseries(
            Metadata("Targets", "Targets that answer and that don't.", "short"),
            [Query(or_zero("count(up == 1)"), "up"), Query(or_zero("count(up == 0)"), "down")],
            {"up": OK, "down": CRITICAL},
            stacked=True,
        ),
        timeseries(
            Metadata("Scrape durations", "Duration of the slowest scrape of each job.", "s"),
            [Query("max by (job) (scrape_duration_seconds)", "{{job}}")],
            {"node": UNKNOWN},
        ),
    ]
