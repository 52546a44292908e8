"""Makes label sets of a tree of routes: such as its matchers ask for, and such as they nearly do."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerting.routes.importing.translation import list_matchers
from alerting.routes.matchers import parse_matcher

Labels = dict[str, str]
SEED = 7
COMMON = {
    "alertname": ("HostDown", "Watchdog", "QueueLong"),
    "severity": ("critical", "warning", "info", "none", "page"),
    "team": ("shop", "infra"),
    "job": ("node", "db"),
}
# What stands for a part of a regular expression, in this order; what is made so is tried on the expression itself.
SIMPLER = (
    (re.compile(r"\(\?:|[()^$]"), ""),
    (re.compile(r"\\d[+*]?|\[0-9\][+*]?"), "1"),
    (re.compile(r"\\w[+*]?|\[[^\]]*\][+*]?"), "a"),
    (re.compile(r"(?<!\\)\.[+*]\??"), "x"),
    (re.compile(r"(?<!\\)\."), "x"),
    (re.compile(r"(?<!\\)[?+*]|\{[0-9,]+\}"), ""),
    (re.compile(r"\\(.)"), r"\1"),
)


def make_samples(root: Mapping[str, Any], count: int) -> list[Labels]:
    """Return up to `count` different label sets, the same ones for the same tree.

    For each way through the tree there is one that takes it, as far as its regular expressions are simple.
    """
    chance = random.Random(SEED)  # noqa: S311 - no secret hangs on it
    paths = list(_paths(root, ()))
    pool = _pool(paths)
    samples = {_frozen(labels): labels for path in paths for labels in _satisfy(path, chance) if labels}
    for _ in range(count * 20):
        if len(samples) >= count:
            break
        labels = next(iter(_satisfy(chance.choice(paths), chance)), {})
        labels = _disturb(labels, pool, chance)
        if labels:  # amtool wants one at least
            samples[_frozen(labels)] = labels
    return list(samples.values())[:count]


def _paths(route: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the matchers on the way to each route."""
    matchers = (*above, *list_matchers(route))
    yield matchers
    for member in route.get("routes") or ():
        yield from _paths(member, matchers)


def _satisfy(path: Sequence[str], chance: random.Random) -> list[Labels]:
    """Return a label set for each alternative of the path's first expression that has some."""
    choices = []
    for name, sign, value in map(parse_matcher, path):
        if sign == "=":
            choices.append((name, [value]))
        elif sign == "=~":
            choices.append((name, _matching(value)))
    sets: list[Labels] = [{}]
    for name, values in choices:
        if len(values) > 1 and len(sets) == 1:
            sets = [{**sets[0], name: value} for value in values]
        elif values:
            sets = [{**labels, name: chance.choice(values)} for labels in sets]
    return [{name: value for name, value in labels.items() if value} for labels in sets]


def _matching(expression: str) -> list[str]:
    """Return texts that an expression matches; none where it is too intricate for that."""
    texts = []
    for part in re.split(r"(?<!\\)\|", expression):
        text = part
        for pattern, replacement in SIMPLER:
            text = pattern.sub(replacement, text)
        texts.append(text)
    return [text for text in dict.fromkeys(texts) if _matches(expression, text)]


def _matches(expression: str, text: str) -> bool:
    try:
        return re.fullmatch(expression, text) is not None
    except re.error:  # Go's expressions are not quite Python's
        return False


def _pool(paths: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Return the values that each label is tried with."""
    pool: dict[str, set[str]] = {name: set(values) for name, values in COMMON.items()}
    for path in paths:
        for name, sign, value in map(parse_matcher, path):
            values = [value] if sign in {"=", "!="} else _matching(value)
            pool.setdefault(name, {"other"}).update(text for text in values if text)
    return {name: sorted(values) for name, values in sorted(pool.items())}


def _disturb(labels: Labels, pool: Mapping[str, Sequence[str]], chance: random.Random) -> Labels:
    """Return the labels with some added, changed or taken away."""
    disturbed = dict(labels)
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(sorted(pool))
        if name in disturbed and chance.random() < 1 / 3:
            del disturbed[name]
        else:
            disturbed[name] = chance.choice(pool[name])
    return disturbed


def _frozen(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
