"""Board *Service discovery*: whether what Consul has is what Prometheus scrapes."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alerts
from dashboards.panels.board import Panel, Section, board, choices
from dashboards.panels.panel import (
    BAD,
    GOOD,
    NEUTRAL,
    NONE_WANTED,
    UNKNOWN,
    WARNING,
    About,
    bars,
    levels,
    lines,
    number,
)
from dashboards.panels.query import RATE, Query, now, or_none, or_zero, without_folder
from dashboards.panels.table import SHORT, Column, table

REGISTERED = 'vigie_discovery_target_registered{target_dc=~"$dc"}'
BY = "dc, job, instance"
HEADINGS = {"dc": "Datacenter", "job": "Job", "instance": "Target"}
DISCOVERY = 'job="vigie-discovery"'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Service discovery",
        "Consul's catalog against Prometheus's targets: what is missing, what is stale, what was refused.",
        [choices("dc", "Datacenter", "label_values(vigie_discovery_target_registered, target_dc)")],
        [_numbers(), _jobs(), _missing(), _freshness(), _changes(), _scrapes()],
        [alerts('alertname=~".*(Discovery|Target|Consul).*"')],
    )


def _named() -> str:
    """Return the registered targets under the labels that their own series have."""
    named = REGISTERED
    for label in ("dc", "job", "instance"):
        named = f'label_replace({named}, "{label}", "$1", "target_{label}", "(.+)")'
    return named


def _silent() -> str:
    return f"(max by ({BY}) ({_named()}) == 1) unless on ({BY}) up"


def _numbers() -> Section:
    age = "time() - min(vigie_discovery_last_success_timestamp_seconds)"
    return "Now", [
        number(About("Registered", "Targets that Consul has now.", "short"), now(or_zero(f"count({REGISTERED} == 1)"))),
        number(
            About("In the files", "Targets in the files for Prometheus.", "short"), now("sum(vigie_discovery_targets)")
        ),
        number(
            About("Silent", "Registered, and not scraped by this Prometheus.", "short"),
            now(or_zero(f"count({_silent()})")),
            NONE_WANTED,
        ),
        number(About("Down", "Scraped, and not answering.", "short"), now(or_zero("count(up == 0)")), NONE_WANTED),
        number(
            About("Held", "Kept although too many vanished at once.", "short"),
            now(or_zero("vigie_discovery_held_targets")),
            NONE_WANTED,
        ),
        number(
            About("Lost", "Kept because they vanished while failing.", "short"),
            now(or_zero("vigie_discovery_lost_targets")),
            NONE_WANTED,
        ),
        number(About("Last answer", "Time since Consul last answered.", "s"), now(age), levels(60, 180)),
        number(
            About("Frozen", "Reasons why Consul's answers can't be right; meanwhile no target is removed.", "short"),
            now(or_zero("vigie_discovery_frozen")),
            NONE_WANTED,
        ),
    ]


def _jobs() -> Section:
    about = About("Jobs", "What each job has in Consul, in the files, and in Prometheus.", "short")
    in_files = 'label_replace(vigie_discovery_targets, "job", "$1", "target_job", "(.+)")'
    return "Jobs", [
        table(
            about,
            {"job": "Job"},
            [
                Column("Registered", f"sum by (job) ({_named()})"),
                Column("In the files", f"sum by (job) ({in_files})"),
                Column("Scraped", "count by (job) (up)"),
                Column("Up", "sum by (job) (up)"),
                Column("Down", "count by (job) (up == 0)", steps=NONE_WANTED),
                Column("Silent", f"count by (job) ({_silent()})", steps=NONE_WANTED),
            ],
        )
    ]


def _missing() -> Section:
    failing = f"(max by ({BY}) (up) == 0) * 0"
    # Of the chosen time, so that a target that flaps is told from one that is gone.
    answered = f"max by ({BY}) (avg_over_time(up[$__range])) and on ({BY}) (up == 0)"
    health = f"max by ({BY}, health) ({_named()})"
    return "What is missing", [
        table(
            About(
                "Silent targets", "Registered in Consul, and not scraped: dropped, refused, or not yet read.", "short"
            ),
            HEADINGS,
            [Column("Registered", _silent())],
        ).height(SHORT),
        table(
            About("Targets that don't answer", "Scraped without success, and what Consul says of them.", "short"),
            HEADINGS,
            [
                Column("", f"{failing} + on ({BY}) group_right () {health}", labels={"health": "Consul says"}),
                Column("Answered", answered, "percentunit"),
            ],
        ).height(SHORT),
    ]


def _freshness() -> Section:
    return "Freshness", [
        lines(
            About("Age of what is known", "Time since Consul last answered, by datacenter.", "s"),
            [Query("time() - vigie_discovery_last_success_timestamp_seconds", "{{dc}}")],
        ),
        lines(
            About("Age of the files", "Time since each file changed: long without changes is fine.", "s"),
            [Query(without_folder("time() - prometheus_sd_file_mtime_seconds", "filename"), "{{filename}}")],
        ),
        lines(
            About("Frozen", "1 while no target is removed: Consul's index went back, or it hides itself.", "short"),
            [Query("max by (dc, reason) (vigie_discovery_frozen)", "{{dc}} {{reason}}")],
        ),
        lines(
            About(
                "Prometheus's reading",
                "Updates that Prometheus took per second, and files that it could not read.",
                "ops",
            ),
            [
                Query(f"sum(rate(prometheus_sd_updates_total[{RATE}]))", "updates"),
                Query(f"sum(rate(prometheus_sd_file_read_errors_total[{RATE}]))", "read errors"),
            ],
            {"updates": NEUTRAL, "read errors": BAD},
        ),
    ]


def _changes() -> Section:
    def speed(name: str, by: str = "") -> str:
        kept = f" by ({by})" if by else ""
        return f"sum{kept} (rate(vigie_discovery_{name}_total{{{DISCOVERY}}}[{RATE}]))"

    return "Changes", [
        lines(
            About("Targets by job", "Targets in the files.", "short"),
            [Query("sum by (target_job) (vigie_discovery_targets)", "{{target_job}}")],
            stacked=True,
        ),
        lines(
            About("Kept", "Targets that are kept although Consul lacks them.", "short"),
            [
                Query("sum(vigie_discovery_held_targets)", "held"),
                Query("sum(vigie_discovery_lost_targets)", "lost"),
            ],
            {"held": WARNING, "lost": BAD},
        ),
        lines(
            About("Writes", "Files written per second: each is a change.", "ops"),
            [Query(speed("writes"), "writes")],
            {"writes": NEUTRAL},
        ),
        lines(
            About(
                "Removed and refused", "Targets removed, instances and labels refused, per second, by reason.", "ops"
            ),
            [
                Query(or_none(speed("removed", "reason"), "reason"), "removed: {{reason}}"),
                Query(or_none(speed("refused", "reason"), "reason"), "refused: {{reason}}"),
            ],
        ),
        lines(
            About("Discovery's errors", "Reads and writes that failed, per second, by reason.", "ops"),
            [Query(or_none(speed("errors", "reason"), "reason"), "{{reason}}")],
        ),
        _dropped(),
    ]


def _dropped() -> Panel:
    read = 'sum by (config) (prometheus_sd_discovered_targets{name="scrape"})'
    pool = "sum by (scrape_job) (prometheus_target_scrape_pool_targets)"
    return lines(
        About("Read and scraped", "Targets that Prometheus read, and those left after its relabelling.", "short"),
        [Query(read, "{{config}} read"), Query(pool, "{{scrape_job}} scraped")],
    )


def _scrapes() -> Section:
    legend = "{{job}} {{instance}}"
    return "Scrapes", [
        bars(
            About("Slowest targets", "How long the scrape took; the timeout is 5 s.", "s"),
            now("topk(10, scrape_duration_seconds)", legend),
            levels(2, 4),
        ),
        bars(
            About("Largest targets", "Samples of one scrape.", "short"), now("topk(10, scrape_samples_scraped)", legend)
        ),
        bars(
            About("Flapping targets", "How often they went up or down in the chosen time.", "short"),
            now("topk(10, changes(up[$__range]))", legend),
            levels(2, 10),
        ),
        lines(
            About("Targets", "Targets that answer and that don't.", "short"),
            [Query(or_zero("count(up == 1)"), "up"), Query(or_zero("count(up == 0)"), "down")],
            {"up": GOOD, "down": BAD},
            stacked=True,
        ),
        lines(
            About("Scrape durations", "The slowest target of each job.", "s"),
            [Query("max by (job) (scrape_duration_seconds)", "{{job}}")],
            {"node": UNKNOWN},
        ),
    ]
