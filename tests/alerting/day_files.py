"""Days: what happened to a house as promtool's series, and exactly the alerts that somebody should hear of, and when.

    what: A sentence on what happens.
    interval: 1m            # of the samples; rules are evaluated as often, and at least every half minute
    series:
      up{@web-1}: 1x60      # @web-1 are the labels job, instance, host and dc of a machine
    expect:
      - {alert: HostDown, from: 12m, until: 30m}

An alert must fire from `from` until `until` (to the end without it), and not by more than `slack` (5m) before or after.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from tests.alerting.lost_scrapes import expand
from vigie.core.settings import parse_duration_seconds

MACHINE = re.compile(r"@([a-z0-9-]+)")
Period = Annotated[str, msgspec.Meta(pattern=r"^([0-9]+(s|m|h|d))+$")]
# What every house has, so that a day need not say it.
HOUSE = {
    'up{job="alertmanager", instance="am:9093"}': "1",
    'up{job="consul", instance="consul:8500", dc="par"}': "1",
    'consul_server_isLeader{job="consul", instance="consul:8500", dc="par"}': "1",
    'up{job="vigie-discovery", instance="d:9110"}': "1",
    "up{@quiet-1}": "1",
}
CHECKS = 40  # of each day, evenly spread, beside those at the ends of what is expected


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """An alert, on how many things, from when until when."""

    alert: str
    from_: Period
    until: Period | None = None
    count: int = 1
    slack: Period = "5m"


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A day, as its file has it."""

    what: str
    series: dict[str, str | int]
    interval: Period = "1m"
    expect: tuple[Expected, ...] = ()


def read(path: Path) -> Day:
    """Return the day of a file."""
    return msgspec.convert(yaml.safe_load(path.read_text()), Day)


def metrics(day: Day) -> set[str]:
    """Return the names of the metrics that a day has, the house's included."""
    return {name.partition("{")[0] for name in (*HOUSE, *day.series)}


def unit_tests(day: Day, rules: list[str]) -> dict[str, Any]:
    """Return promtool's unit tests of a day."""
    interval = int(parse_duration_seconds(day.interval))
    values = {name: text if isinstance(text, str) else hex(text) for name, text in day.series.items()}
    scrapes = max(len(expand(text)) for text in values.values())
    house = {name: f"{value}x{scrapes - 1}" for name, value in HOUSE.items() if name not in values}
    seconds = (scrapes - 1) * interval
    return {
        "rule_files": rules,
        "evaluation_interval": f"{max(interval, 30)}s",
        "tests": [
            {
                "interval": day.interval,
                "input_series": [
                    {"series": MACHINE.sub(_labels_of_machine, name), "values": text}
                    for name, text in (house | values).items()
                ],
                "promql_expr_test": list(_checks(day, seconds)),
            }
        ],
    }


def _labels_of_machine(match: re.Match[str]) -> str:
    return f'job="node", instance="{match[1]}", host="{match[1]}", dc="par"'


def _checks(day: Day, end: int) -> Iterator[dict[str, Any]]:
    """Yield what must fire at many moments; an alert is left out while it may or may not have begun or ended."""
    spans = [
        (
            entry,
            int(parse_duration_seconds(entry.from_)),
            int(parse_duration_seconds(entry.until)) if entry.until else end,
            int(parse_duration_seconds(entry.slack)),
        )
        for entry in day.expect
    ]
    moments = {end * number // CHECKS for number in range(1, CHECKS + 1)}
    moments |= {moment for _, start, stop, slack in spans for moment in (start - slack, start, stop, stop + slack)}
    for moment in sorted(moment for moment in moments if 0 < moment <= end):
        firing: dict[str, int] = {}
        unsure = {"Watchdog"}
        for entry, start, stop, slack in spans:
            if start <= moment <= stop:
                firing[entry.alert] = firing.get(entry.alert, 0) + entry.count
            elif start - slack < moment < start or stop < moment < stop + slack:
                unsure.add(entry.alert)
        yield {
            "expr": f'count by (alertname) (ALERTS{{alertstate="firing", alertname!~"{"|".join(sorted(unsure))}"}})',
            "eval_time": f"{moment}s",
            "exp_samples": [
                {"labels": f'{{alertname="{name}"}}', "value": count}
                for name, count in firing.items()
                if name not in unsure
            ],
        }
