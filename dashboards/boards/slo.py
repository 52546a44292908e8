"""Board *Service levels*: which objectives hold, how much error budget is left, and the baseline of this hour."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation
from dashboards.panels.board import Section, board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import CHOSEN, Query, instant_query, or_zero
from dashboards.panels.stat import Stat
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import BUDGET_COLOURS, NONE_EXPECTED, thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.variable import fleet_variables, multi_variable

CHOSEN_OBJECTIVES = f'slo=~"$slo", {CHOSEN}'
BY = "slo, dc, env, team, service"
HEADINGS = {"slo": "Objective", "service": "Service", "team": "Team", "env": "Environment", "dc": "Datacenter"}
LEFT = f"vigie:slo_error_budget_left{{{CHOSEN_OBJECTIVES}}}"
ALLOWED = "on (slo) group_left () max by (slo) (vigie:slo_allowed_error_ratio)"
BURN = thresholds(1, 6)


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Service levels",
        "Service level objectives: which are met, how fast their error budgets burn, and what is left of them.",
        [*fleet_variables(), multi_variable("slo", "Objective", "label_values(vigie:slo_total, slo)")],
        [_stats(), _objectives(), _over_time(), _usual()],
        [alert_annotation('alertname=~"SLO.*"')],
    )


def _burn(window: str) -> str:
    return f'vigie:slo_burn_rate{{window="{window}", {CHOSEN_OBJECTIVES}}}'


def _named(expression: str, *labels: str) -> str:
    """Return an expression whose series carry one label, `what`, made of those that it has of `labels`."""
    quoted = ", ".join(f'"{label}"' for label in labels)
    return f'label_join({expression}, "what", " ", {quoted})'


def _stats() -> Section:
    counted = f"count by (slo) (vigie:slo_total{{{CHOSEN_OBJECTIVES}}})"
    return "Now", [
        Stat(
            Metadata("Objectives", "Objectives that have samples.", "short"),
            instant_query(f"count({counted})"),
        ),
        Stat(
            Metadata("Missed", "Objectives whose error budget is used up, counted for each service and team.", "short"),
            instant_query(or_zero(f"count({LEFT} < 0)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Burning fast", "Objectives with a burn rate above 14.4 over the last hour.", "short"),
            instant_query(or_zero(f"count({_burn('1h')} > 14.4)")),
            NONE_EXPECTED,
        ),
        Stat(
            Metadata("Least budget left", "Smallest share of an error budget that is left.", "percentunit"),
            instant_query(f"min({LEFT})"),
            BUDGET_COLOURS,
        ),
    ]


def _objectives() -> Section:
    objective = f"1 - 0 * max by ({BY}) (vigie:slo_total{{{CHOSEN_OBJECTIVES}}}) - {ALLOWED}"
    good = f"1 - max by ({BY}) ({_burn('1h')}) * {ALLOWED}"
    columns = [
        Column("Must be good", objective, "percentunit"),
        Column("Good in 1 h", good, "percentunit"),
        Column("Budget left", f"max by ({BY}) ({LEFT})", "percentunit", BUDGET_COLOURS),
        *(
            Column(f"Burn {window}", f"max by ({BY}) ({_burn(window)})", "none", BURN)
            for window in ("1h", "6h", "1d", "3d")
        ),
    ]
    metadata = Metadata(
        "Error budgets",
        "One row for each objective, service and team. A burn rate of 1 leaves nothing at the end of the window; "
        "time without samples counts as good.",
        "short",
    )
    return "Objectives", [table(metadata, HEADINGS, columns, sort="Budget left", lowest_first=True)]


def _over_time() -> Section:
    names = ("slo", "service", "team", "env", "dc")
    bad, total = (f"sum by ({BY}) (vigie:slo_{count}{{{CHOSEN_OBJECTIVES}}})" for count in ("bad", "total"))
    return "Over time", [
        timeseries(
            Metadata(
                "Budget left", "Share of the error budget that is left. Below 0 the objective is missed.", "percentunit"
            ),
            [Query(_named(LEFT, *names), "{{what}}")],
            signed=True,
        ),
        timeseries(
            Metadata("Burn rate", "Failures over the last hour as a multiple of the allowed rate. 14.4 pages.", "none"),
            [Query(_named(_burn("1h"), *names), "{{what}}")],
        ),
        timeseries(
            Metadata("Failing", "Share of bad events at each moment.", "percentunit"),
            [Query(_named(f"{bad} / ({total} > 0)", *names), "{{what}}")],
            max_value=1,
        ),
    ]


def _usual() -> Section:
    signal = f'{{signal="processor", {CHOSEN}}}'
    names, width = ("team", "env", "dc"), f"vigie:baseline_width{signal}"
    # Without a width, which takes five days, there is no distance either.
    distance = f"(vigie:baseline_value{{{CHOSEN}}} - vigie:baseline_mean) / vigie:baseline_width"
    return "Baseline", [
        timeseries(
            Metadata(
                "CPU and its baseline",
                "Share of CPU time that teams use, and the range that is usual at this hour.",
                "percentunit",
            ),
            [
                Query(_named(f"vigie:baseline_value{signal}", *names), "{{what}}"),
                Query(_named(f"vigie:baseline_mean{signal} + {width}", *names), "{{what}}, highest usual"),
                Query(_named(f"vigie:baseline_mean{signal} - {width}", *names), "{{what}}, lowest usual"),
            ],
        ),
        timeseries(
            Metadata(
                "Distance from the baseline",
                "CPU, network and requests. Beyond 1 and -1 they are unusual for the hour.",
                "none",
            ),
            [Query(_named(distance, "signal", "service", *names), "{{what}}")],
            signed=True,
        ),
    ]
