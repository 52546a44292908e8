"""Board *Service levels*: which objectives hold, how much error budget is left, and what is usual at this hour."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alerts
from dashboards.panels.board import Section, board, choices, fleet_choices
from dashboards.panels.panel import BAD, GOOD, NONE_WANTED, WARNING, About, Level, levels, lines, number, wanted
from dashboards.panels.query import CHOSEN, Query, now, or_zero
from dashboards.panels.table import Column, table

CHOSEN_OBJECTIVES = f'slo=~"$slo", {CHOSEN}'
BY = "slo, dc, env, team, service"
HEADINGS = {"slo": "Objective", "service": "Service", "team": "Team", "env": "Environment", "dc": "Datacenter"}
LEFT = f"vigie:slo_error_budget_left{{{CHOSEN_OBJECTIVES}}}"
ALLOWED = "on (slo) group_left () max by (slo) (vigie:slo_allowed_error_ratio)"
BURN = levels(1, 6)


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Service levels",
        "Objectives: which hold, how fast their error budgets burn, and what is left of them.",
        [*fleet_choices(), choices("slo", "Objective", "label_values(vigie:slo_total, slo)")],
        [_numbers(), _objectives(), _course(), _usual()],
        [alerts('alertname=~"SLO.*"')],
    )


def _burn(window: str) -> str:
    return f'vigie:slo_burn_rate{{window="{window}", {CHOSEN_OBJECTIVES}}}'


def _named(expression: str, *labels: str) -> str:
    """Return an expression whose series carry one label, `what`, made of those that it has of `labels`."""
    return f'label_join({expression}, "what", " ", {", ".join(f"{chr(34)}{one}{chr(34)}" for one in labels)})'


def _numbers() -> Section:
    counted = f"count by (slo) (vigie:slo_total{{{CHOSEN_OBJECTIVES}}})"
    return "Now", [
        number(About("Objectives", "Objectives of which something is counted.", "short"), now(f"count({counted})")),
        number(
            About("Missed", "Of what is counted, how much has used up its error budget.", "short"),
            now(or_zero(f"count({LEFT} < 0)")),
            NONE_WANTED,
        ),
        number(
            About("Burning fast", "Fails more than 14.4 times as often as allowed, over the last hour.", "short"),
            now(or_zero(f"count({_burn('1h')} > 14.4)")),
            NONE_WANTED,
        ),
        number(
            About("Least budget left", "The smallest share of an error budget that is left.", "percentunit"),
            now(f"min({LEFT})"),
            wanted(0.25),
        ),
    ]


def _objectives() -> Section:
    objective = f"1 - 0 * max by ({BY}) (vigie:slo_total{{{CHOSEN_OBJECTIVES}}}) - {ALLOWED}"
    good = f"1 - max by ({BY}) ({_burn('1h')}) * {ALLOWED}"
    left = [Level(None, BAD), Level(0, WARNING), Level(0.25, GOOD)]
    columns = [
        Column("Must be good", objective, "percentunit"),
        Column("Good in 1 h", good, "percentunit"),
        Column("Budget left", f"max by ({BY}) ({LEFT})", "percentunit", left),
        *(Column(f"Burn {one}", f"max by ({BY}) ({_burn(one)})", "none", BURN) for one in ("1h", "6h", "1d", "3d")),
    ]
    about = About(
        "Error budgets",
        "Each objective, by what it counts by. A burn rate of 1 leaves nothing at the end of the window; "
        "time without samples counts as good.",
        "short",
    )
    return "Objectives", [table(about, HEADINGS, columns, sort="Budget left", lowest_first=True)]


def _course() -> Section:
    names = ("slo", "service", "team", "env", "dc")
    bad, total = (f"sum by ({BY}) (vigie:slo_{one}{{{CHOSEN_OBJECTIVES}}})" for one in ("bad", "total"))
    return "Over time", [
        lines(
            About(
                "Budget left", "Share of the error budget that is left; below 0 the objective is missed.", "percentunit"
            ),
            [Query(_named(LEFT, *names), "{{what}}")],
            signed=True,
        ),
        lines(
            About("Burn rate", "Times the allowed rate of failures, over an hour; 14.4 pages.", "none"),
            [Query(_named(_burn("1h"), *names), "{{what}}")],
        ),
        lines(
            About("Failing", "Share of what was counted at each moment that was bad.", "percentunit"),
            [Query(_named(f"{bad} / ({total} > 0)", *names), "{{what}}")],
            highest=1,
        ),
    ]


def _usual() -> Section:
    signal = f'{{signal="processor", {CHOSEN}}}'
    names, width = ("team", "env", "dc"), f"vigie:baseline_width{signal}"
    # Without a width, which takes five days, there is no distance either.
    distance = f"(vigie:baseline_value{{{CHOSEN}}} - vigie:baseline_mean) / vigie:baseline_width"
    return "What is usual", [
        lines(
            About(
                "Processors and what is usual",
                "Share of the processor time that teams use, between the edges of what is usual at this hour.",
                "percentunit",
            ),
            [
                Query(_named(f"vigie:baseline_value{signal}", *names), "{{what}}"),
                Query(_named(f"vigie:baseline_mean{signal} + {width}", *names), "{{what}}, highest usual"),
                Query(_named(f"vigie:baseline_mean{signal} - {width}", *names), "{{what}}, lowest usual"),
            ],
        ),
        lines(
            About(
                "Distance from usual",
                "Processors, network and requests: beyond 1 and -1 they are unusual for the hour.",
                "none",
            ),
            [Query(_named(distance, "signal", "service", *names), "{{what}}")],
            signed=True,
        ),
    ]
