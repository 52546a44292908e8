"""Makes of promtool's unit tests such in which scrapes are lost, and in which the same must fire."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from vigie.core.integrations.metrics import load_types
from vigie.core.promql.catalogue import load
from vigie.core.settings import parse_duration_seconds

SCRAPE_SECONDS = 15
MOST_SCRAPES = 15_000  # of one series: a test of a week is scraped once a minute
MISSING, STALE = "_", "stale"
RUN = re.compile(r"(-?[\d.e]+|_|stale)(?:([+-][\d.e]+)?x(\d+))?")
CUMULATIVE = frozenset({"counter", "untyped"})
CLOCK = "node_time_seconds"
METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Losses(NamedTuple):
    """Which scrapes are lost, and by how much that alone may delay the news: what was lost, nobody can know."""

    is_lost: Callable[[int], bool]
    seconds: int


LOSSES = {
    "one in ten": Losses(lambda scrape: scrape % 10 == 7, SCRAPE_SECONDS),
    "three in a row": Losses(lambda scrape: scrape % 20 in {11, 12, 13}, 3 * SCRAPE_SECONDS),
}


def with_losses(document: dict[str, Any], losses: Losses, alerts: frozenset[str]) -> dict[str, Any]:
    """Return unit tests whose targets are scraped every 15 s, with losses, and that want the same of `alerts`."""
    tests = [_test(test, losses, alerts) for test in document["tests"] if _cases(test, alerts)]
    return {**document, "tests": tests}


def _cases(test: dict[str, Any], alerts: frozenset[str]) -> list[dict[str, Any]]:
    return [case for case in test.get("alert_rule_test", ()) if case["alertname"] in alerts]


def _test(test: dict[str, Any], losses: Losses, alerts: frozenset[str]) -> dict[str, Any]:
    interval = int(parse_duration_seconds(test["interval"]))
    series = {given["series"]: expand(_as_written(given["values"])) for given in test.get("input_series", ())}
    longest = max(map(len, series.values()), default=0)
    step = SCRAPE_SECONDS if longest * interval <= MOST_SCRAPES * SCRAPE_SECONDS else min(60, interval)
    step = min(step, interval)
    return {
        "name": test.get("name", ""),
        "interval": f"{step}s",
        "input_series": [
            {"series": name, "values": _join(_lose(name, _refine(name, values, interval // step), losses.is_lost))}
            for name, values in series.items()
        ],
        "promql_expr_test": [*_expectations(_cases(test, alerts), losses)],
    }


def _as_written(values: str | int) -> str:
    """Return the values of a series as they stand in the file: for YAML alone, `0x60` is a number."""
    return values if isinstance(values, str) else hex(values)


def expand(values: str) -> list[str]:
    """Return the samples that promtool makes of its short form: `0+2x3` is 0 2 4 6, and `1x3` four times 1."""
    samples: list[str] = []
    for word in values.split():
        match = RUN.fullmatch(word)
        assert match, f"{word!r} is no values of promtool"
        first, growth, times = match.groups()
        if first == MISSING:
            samples += [MISSING] * (int(times) if times else 1)
        elif growth:
            samples += [repr(float(first) + float(growth) * number) for number in range(int(times) + 1)]
        else:
            samples += [first] * (int(times or 0) + 1)
    return samples


def _refine(name: str, samples: list[str], parts: int) -> Iterator[str]:
    """Yield each sample `parts` times, a counter's on its way to the next."""
    match = METRIC.match(name)
    is_counter = match is not None and ((load() | load_types(None)).get(match[0]) in CUMULATIVE or match[0] == CLOCK)
    for sample, following in zip(samples, [*samples[1:], samples[-1]], strict=True):
        grows = is_counter and not {sample, following} & {MISSING, STALE} and float(following) > float(sample)
        for part in range(parts):
            yield repr(float(sample) + (float(following) - float(sample)) * part / parts) if grows else sample


def _lose(name: str, samples: Iterator[str], is_lost: Callable[[int], bool]) -> Iterator[str]:
    """Yield what Prometheus has of a series: of a scrape that failed it writes `up` and its own few, and markers.

    The last one is never lost: behind it a test has nothing, and Prometheus looks back to it for five minutes.
    """
    lost = STALE
    if name.startswith(("vigie:", "scrape_duration_seconds")):
        lost = ""  # a recording, which nobody scrapes, or what Prometheus measures itself
    elif re.match(r"up\b|scrape_samples_", name):
        lost = "0"
    *all_but_last, last = samples
    for number, sample in enumerate(all_but_last):
        yield lost if lost and is_lost(number) and sample not in {MISSING, STALE} else sample
    yield last


def _join(samples: Iterator[str]) -> str:
    words = []
    for sample, run in groupby(samples):
        times = len(list(run))
        if sample == MISSING:
            words.append(f"_x{times}")
        else:
            words += [STALE] * times if sample == STALE else [f"{sample}x{times - 1}"]
    return " ".join(words)


def _expectations(cases: Sequence[dict[str, Any]], losses: Losses) -> Iterator[dict[str, Any]]:
    """Yield the cases as queries for what fires: each that sees an alert fire, and those of alerts that never do.

    When exactly a condition begins and ends depends on which scrape is lost, so that quiet just before and after is not
    wanted.
    """
    firing_names = {case["alertname"] for case in cases if case.get("exp_alerts")}
    for case in cases:
        name, alerts = case["alertname"], case.get("exp_alerts") or ()
        if not alerts and name in firing_names:
            continue
        seconds = int(parse_duration_seconds(str(case["eval_time"]))) + losses.seconds
        firing = [{"alertname": name, "alertstate": "firing", **alert.get("exp_labels", {})} for alert in alerts]
        yield {
            "expr": f'ALERTS{{alertname="{name}", alertstate="firing"}}',
            "eval_time": f"{seconds}s",
            "exp_samples": [{"labels": f"ALERTS{{{_labels(labels)}}}", "value": 1} for labels in firing],
        }


def _labels(labels: dict[str, Any]) -> str:
    return ", ".join(f'{name}="{str(value).replace(chr(92), chr(92) * 2)}"' for name, value in labels.items())
