"""Board *Alerts*: what fires, since when, how often, and whether people hear of it."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.alert_tables import SEVERITY_COLOURS, alert_table
from dashboards.panels.board import Section, board, fleet_choices
from dashboards.panels.panel import (
    BAD,
    GOOD,
    NEUTRAL,
    NONE_WANTED,
    UNKNOWN,
    WARNING,
    About,
    Level,
    bars,
    levels,
    lines,
    number,
    wanted,
)
from dashboards.panels.query import CHOSEN, RATE, Query, now, or_word, or_zero, without_folder

# The heartbeat fires always, as it must.
ALERTS = f'alertname!="Watchdog", {CHOSEN}'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Alerts",
        "What fires now, what fires too often, and whether notifications arrive.",
        fleet_choices(),
        [_numbers(), _list(), _course(), _delivery(), _evaluation()],
    )


def _numbers() -> Section:
    def count(selector: str) -> str:
        return or_zero(f"count(ALERTS{{{selector}, {ALERTS}}})")

    failed = f"rate(alertmanager_notifications_failed_total[{RATE}]) > 0"
    return "Now", [
        number(
            About("Critical", "Alerts that page, firing now.", "short"),
            now(count('alertstate="firing", severity="critical"')),
            NONE_WANTED,
        ),
        number(
            About("Warning", "Alerts that can wait for the morning, firing now.", "short"),
            now(count('alertstate="firing", severity="warning"')),
            [Level(None, GOOD), Level(1, WARNING)],
        ),
        number(
            About("Pending", "Alerts whose condition holds, but not long enough yet.", "short"),
            now(count('alertstate="pending"')),
        ),
        number(
            About("Suppressed", "Alerts that are silenced or inhibited in Alertmanager.", "short"),
            now('max(alertmanager_alerts{state="suppressed"})'),
        ),
        number(
            About("Receivers failing", "Integrations whose notifications fail now.", "short"),
            now(or_zero(f"count({failed})")),
            NONE_WANTED,
        ),
        number(
            About("Heartbeat", "Whether the alert that fires always does so.", "bool_yes_no"),
            now(or_zero('count(ALERTS{alertname="Watchdog", alertstate="firing"})')),
            wanted(1),
        ),
    ]


def _list() -> Section:
    about = About("Pending and firing", "Oldest first; a click opens the alert's host.", "short")
    return "List", [alert_table(about, ALERTS)]


def _course() -> Section:
    firing = f'ALERTS{{alertstate="firing", {ALERTS}}}'
    begun = f"changes(ALERTS_FOR_STATE{{{ALERTS}}}[7d]) + 1"
    return "Over time", [
        lines(
            About("Firing by severity", "Alerts that fire.", "short"),
            [Query(f"count by (severity) ({firing})", "{{severity}}")],
            SEVERITY_COLOURS,
            stacked=True,
        ),
        lines(
            About("Firing by name", "The ten alerts that fire for most things.", "short"),
            [Query(f"topk(10, count by (alertname) ({firing}))", "{{alertname}}")],
            stacked=True,
        ),
        bars(
            About(
                "Noisiest alerts", "How often each began in the last seven days: the first to be made quieter.", "short"
            ),
            now(f"topk(10, sum by (alertname) ({begun}))", "{{alertname}}"),
        ),
        bars(
            About("Noisiest hosts", "How often alerts of each host began in the last seven days.", "short"),
            now(
                f"topk(10, sum by (dc, host) ({begun.replace(CHOSEN, CHOSEN + ', host!=' + chr(34) * 2)}))", "{{host}}"
            ),
        ),
        bars(
            About("Noisiest teams", "How often alerts of each team began in the last seven days.", "short"),
            now(or_word(f"topk(10, sum by (team) ({begun}))", "team", "no team"), "{{team}}"),
        ),
    ]


def _delivery() -> Section:
    def speed(name: str) -> str:
        return f"sum by (integration) (rate(alertmanager_{name}_total[{RATE}]))"

    buckets = f"sum by (le, integration) (rate(alertmanager_notification_latency_seconds_bucket[{RATE}]))"
    return "Delivery", [
        lines(
            About("Notifications", "Notifications per second by the way they take, and those that failed.", "ops"),
            [
                Query(f"{speed('notifications')} > 0", "{{integration}}"),
                Query(f"sum(rate(alertmanager_notifications_failed_total[{RATE}]))", "failed"),
            ],
            {"failed": BAD},
        ),
        lines(
            About("Time to notify", "How long a notification takes, at the 99th percentile.", "s"),
            [Query(f"histogram_quantile(0.99, {buckets}) >= 0", "{{integration}}")],
        ).no_value("Nothing was sent"),
        lines(
            About("Alerts in Alertmanager", "Active ones, and those that are silenced or inhibited.", "short"),
            [Query("max by (state) (alertmanager_alerts)", "{{state}}")],
            {"active": BAD, "suppressed": UNKNOWN, "unprocessed": NEUTRAL},
        ),
        lines(
            About("Silences", "Silences by state: an expired one hides nothing.", "short"),
            [Query("max by (state) (alertmanager_silences)", "{{state}}")],
            {"active": WARNING, "pending": NEUTRAL, "expired": GOOD},
        ),
    ]


def _evaluation() -> Section:
    def speed(name: str) -> str:
        return f"sum(rate(prometheus_{name}_total[{RATE}]))"

    slowest = "topk(10, max by (rule_group) (prometheus_rule_group_last_duration_seconds))"
    queue = "prometheus_notifications_queue_length / prometheus_notifications_queue_capacity"
    share = "max by (rule_group) (prometheus_rule_group_last_duration_seconds / prometheus_rule_group_interval_seconds)"
    return "Evaluation", [
        lines(
            About(
                "Rule groups",
                "Share of its interval that each group's evaluation took, the ten slowest.",
                "percentunit",
            ),
            [Query(without_folder(f"topk(10, {share})", "rule_group"), "{{rule_group}}")],
        ),
        lines(
            About(
                "Evaluation failures", "Rules that could not be evaluated, and evaluations missed, per second.", "ops"
            ),
            [
                Query(speed("rule_evaluation_failures"), "failures"),
                Query(speed("rule_group_iterations_missed"), "missed"),
            ],
            {"failures": BAD, "missed": WARNING},
        ),
        lines(
            About("Sending to Alertmanager", "Alerts sent per second, and those lost on the way.", "ops"),
            [
                Query(speed("notifications_sent"), "sent"),
                Query(speed("notifications_errors"), "errors"),
                Query(speed("notifications_dropped"), "dropped"),
            ],
            {"sent": NEUTRAL, "errors": WARNING, "dropped": BAD},
        ),
        lines(
            About("Queue", "How full the queue to Alertmanager is.", "percentunit"),
            [Query(f"max by (instance) ({queue})", "{{instance}}")],
            highest=1,
        ),
        bars(
            About("Slowest rule groups", "How long the last evaluation took.", "s"),
            now(without_folder(slowest, "rule_group"), "{{rule_group}}"),
            levels(1, 5),
        ),
    ]
