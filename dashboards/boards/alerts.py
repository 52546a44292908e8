"""Board *Alerts*: what fires, since when, how often, and whether notifications arrive."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.alert_table import SEVERITY_COLOURS, alert_table
from dashboards.panels.bargauge import bargauge
from dashboards.panels.board import Section, board
from dashboards.panels.colours import CRITICAL, NEUTRAL, OK, UNKNOWN, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import (
    CHOSEN,
    RATE,
    Query,
    fill_label,
    instant_query,
    instant_topk,
    or_zero,
    without_folder,
)
from dashboards.panels.stat import Stat
from dashboards.panels.thresholds import NONE_EXPECTED, Threshold, at_least, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import fleet_variables

# The heartbeat fires always, as it must.
ALERTS = f'alertname!="Watchdog", {CHOSEN}'


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Alerts",
        "What fires now, what fires too often, and whether notifications arrive.",
        fleet_variables(),
        [_stats(), _list(), _over_time(), _delivery(), _evaluation()],
    )


def _stats() -> Section:
    def count(selector: str) -> str:
        return or_zero(f"count(ALERTS{{{selector}, {ALERTS}}})")

    failed = f"rate(alertmanager_notifications_failed_total[{RATE}]) > 0"
    return "Now", [
        Stat(
            Metadata("Critical", "Alerts of severity critical, firing now: they page.", "short"),
            instant_query(count('alertstate="firing", severity="critical"')),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Warning", "Alerts of severity warning, firing now.", "short"),
            instant_query(count('alertstate="firing", severity="warning"')),
            [Threshold(None, OK), Threshold(1, WARNING)],
        ),
        Stat(
            Metadata("Pending", "Alerts whose condition holds, but not yet for long enough.", "short"),
            instant_query(count('alertstate="pending"')),
        ),
        Stat(
            Metadata("Suppressed", "Alerts that are silenced or inhibited in Alertmanager.", "short"),
            instant_query('max(alertmanager_alerts{state="suppressed"})'),
        ),
        Stat(
            Metadata("Receivers failing", "Receiver integrations whose notifications fail now.", "short"),
            instant_query(or_zero(f"count({failed})")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Heartbeat", "Whether the alert Watchdog fires, as it always must.", "bool_yes_no"),
            instant_query(or_zero('count(ALERTS{alertname="Watchdog", alertstate="firing"})')),
            at_least(1),
        ),
    ]


def _list() -> Section:
    metadata = Metadata("Pending and firing", "Oldest first; a click opens the alert's host.", "short")
    return "List", [alert_table(metadata, ALERTS)]


def _over_time() -> Section:
    firing = f'ALERTS{{alertstate="firing", {ALERTS}}}'
    begun = f"changes(ALERTS_FOR_STATE{{{ALERTS}}}[7d]) + 1"
    of_hosts = f'changes(ALERTS_FOR_STATE{{{ALERTS}, host!=""}}[7d]) + 1'
    return "Over time", [
        timeseries(
            Metadata("Firing by severity", "Firing alerts by severity.", "short"),
            [Query(f"count by (severity) ({firing})", "{{severity}}")],
            SEVERITY_COLOURS,
            stacked=True,
        ),
        timeseries(
            Metadata("Firing by name", "The ten alerts with the most firing instances.", "short"),
            [Query(f"topk(10, count by (alertname) ({firing}))", "{{alertname}}")],
            stacked=True,
        ),
        bargauge(
            Metadata("Noisiest alerts", "How often each alert started in the last seven days.", "short"),
            instant_topk(f"sum by (alertname) ({begun})", "{{alertname}}"),
        ),
        bargauge(
            Metadata("Noisiest hosts", "How often alerts of each host started in the last seven days.", "short"),
            instant_topk(f"sum by (dc, host) ({of_hosts})", "{{host}}"),
        ),
        bargauge(
            Metadata("Noisiest teams", "How often alerts of each team started in the last seven days.", "short"),
            instant_query(fill_label(f"topk(10, sum by (team) ({begun}))", "team", "no team"), "{{team}}"),
        ),
    ]


def _delivery() -> Section:
    def rate(name: str) -> str:
        return f"sum by (integration) (rate(alertmanager_{name}_total[{RATE}]))"

    buckets = f"sum by (le, integration) (rate(alertmanager_notification_latency_seconds_bucket[{RATE}]))"
    return "Delivery", [
        timeseries(
            Metadata("Notifications", "Notifications per second by integration, and those that failed.", "ops"),
            [
                Query(f"{rate('notifications')} > 0", "{{integration}}"),
                Query(f"sum(rate(alertmanager_notifications_failed_total[{RATE}]))", "failed"),
            ],
            {"failed": CRITICAL},
        ),
        timeseries(
            Metadata("Time to notify", "Latency of a notification at the 99th percentile.", "s"),
            [Query(f"histogram_quantile(0.99, {buckets}) >= 0", "{{integration}}")],
        ).no_value("Nothing was sent"),
        timeseries(
            Metadata("Alerts in Alertmanager", "Active alerts, and those that are silenced or inhibited.", "short"),
            [Query("max by (state) (alertmanager_alerts)", "{{state}}")],
            {"active": CRITICAL, "suppressed": UNKNOWN, "unprocessed": NEUTRAL},
        ),
        timeseries(
            Metadata("Silences", "Silences by state. An expired silence hides nothing.", "short"),
            [Query("max by (state) (alertmanager_silences)", "{{state}}")],
            {"active": WARNING, "pending": NEUTRAL, "expired": OK},
        ),
    ]


def _evaluation() -> Section:
    def rate(name: str) -> str:
        return f"sum(rate(prometheus_{name}_total[{RATE}]))"

    slowest = "topk(10, max by (rule_group) (prometheus_rule_group_last_duration_seconds))"
    queue = "prometheus_notifications_queue_length / prometheus_notifications_queue_capacity"
    share = "max by (rule_group) (prometheus_rule_group_last_duration_seconds / prometheus_rule_group_interval_seconds)"
    return "Evaluation", [
        timeseries(
            Metadata(
                "Rule groups",
                "Share of its interval that each group's evaluation took. Shown are the ten slowest.",
                "percentunit",
            ),
            [Query(without_folder(f"topk(10, {share})", "rule_group"), "{{rule_group}}")],
        ),
        timeseries(
            Metadata(
                "Evaluation failures", "Rules that could not be evaluated, and evaluations missed, per second.", "ops"
            ),
            [
                Query(rate("rule_evaluation_failures"), "failures"),
                Query(rate("rule_group_iterations_missed"), "missed"),
            ],
            {"failures": CRITICAL, "missed": WARNING},
        ),
        timeseries(
            Metadata("Sending to Alertmanager", "Alerts sent per second, and those that were lost.", "ops"),
            [
                Query(rate("notifications_sent"), "sent"),
                Query(rate("notifications_errors"), "errors"),
                Query(rate("notifications_dropped"), "dropped"),
            ],
            {"sent": NEUTRAL, "errors": WARNING, "dropped": CRITICAL},
        ),
        timeseries(
            Metadata("Queue", "How full the queue to Alertmanager is.", "percentunit"),
            [Query(f"max by (instance) ({queue})", "{{instance}}")],
            max_value=1,
        ),
        bargauge(
            Metadata("Slowest rule groups", "Duration of the last evaluation.", "s"),
            instant_query(without_folder(slowest, "rule_group"), "{{rule_group}}"),
            thresholds(1, 5),
        ),
    ]
