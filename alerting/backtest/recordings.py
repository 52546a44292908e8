"""Puts a recording's own query where a rule asks for it, for a history that lacks the recording."""

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from vigie.core.promql import expression as promql

DEEPEST = 5  # recordings of recordings
MARK = "vigie_kept"  # a label that is there only while matchers are applied
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`)')


class Recording(NamedTuple):
    """What a recording rule evaluates, how often, and the labels that it gives."""

    expression: str
    interval_ms: int
    labels: Mapping[str, str]


Recordings = Mapping[str, Sequence[Recording]]


class Filled(NamedTuple):
    """A query without the recordings that are missing, and why some of them are still in it, by name."""

    expression: str
    replaced: frozenset[str] = frozenset()
    left: Mapping[str, str] = {}


def fill_in(
    expression: str, recordings: Recordings, is_missing: Callable[[str], bool], path: tuple[str, ...] = ()
) -> Filled:
    """Return the query with the own query of each recording that is missing, also of those that it asks for itself."""
    filled = Filled(expression)
    for name in list_recorded(expression, recordings):
        if name in path:
            filled = filled._replace(left={**filled.left, name: "it asks for itself"})
        elif is_missing(name) and len(path) == DEEPEST:
            filled = filled._replace(left={**filled.left, name: f"it is more than {DEEPEST} recordings deep"})
        elif is_missing(name):
            inner = [
                (recording, fill_in(recording.expression, recordings, is_missing, (*path, name)))
                for recording in recordings[name]
            ]
            filled = _join(filled, name, inner)
    return filled


def list_recorded(expression: str, recordings: Recordings) -> list[str]:
    """Return what a query asks for that rules record."""
    return sorted(promql.metrics(expression) & recordings.keys()) if promql.parses(expression) else []


def _join(filled: Filled, name: str, inner: Sequence[tuple[Recording, Filled]]) -> Filled:
    """Return the query with this recording replaced, or why it can't be."""
    left = {**filled.left, **{key: why for _, part in inner for key, why in part.left.items()}}
    if name in left:
        return filled._replace(left=left)
    queries = [_label(f"({part.expression}\n)", recording.labels) for recording, part in inner]
    replaced = _replace(filled.expression, name, " or ".join(queries), min(part.interval_ms for part, _ in inner))
    if name in promql.metrics(replaced):
        return filled._replace(left={**left, name: "the rule asks for it in a way that is not understood here"})
    deeper = frozenset[str]().union(*(part.replaced for _, part in inner))
    return Filled(replaced, filled.replaced | deeper | {name}, left)


def _label(query: str, labels: Mapping[str, str]) -> str:
    """Return the query with the labels that its recording gives."""
    for name, value in labels.items():
        query = (
            f"label_replace({query}, {_quote(name)}, {_quote(value.replace('$', '$$'))}, {_quote('')}, {_quote('')})"
        )
    return query


def _replace(expression: str, name: str, query: str, interval_ms: int) -> str:
    """Return the query in place of each selector of that name; one with `@` stays, as nobody knows its time here."""
    masked = QUOTED.sub(lambda match: "_" * len(match[0]), expression)
    selector = re.compile(
        rf"(?<![\w:]){re.escape(name)}(?![\w:])(?P<matchers>\s*\{{[^}}]*\}})?(?P<window>\s*\[[^\]]*\])?"
        r"(?P<shift>\s+offset\s+-?\s*\w+)?(?!\s*@)",
        re.IGNORECASE,
    )
    text = expression
    for match in reversed(list(selector.finditer(masked))):
        if match[0].startswith(name):  # names tell capitals apart, and only OFFSET may be written in them
            matchers = expression[match.start("matchers") : match.end("matchers")] if match["matchers"] else ""
            own = _shift(_keep(f"({query})", matchers), match["window"] or "", match["shift"] or "", interval_ms)
            text = text[: match.start()] + own + text[match.end() :]
    return text if promql.parses(text) else expression


def _shift(query: str, window: str, shift: str, interval_ms: int) -> str:
    """Return the query over a window as a subquery, at the times at which the recording would have been evaluated."""
    inside = window.strip().strip("[]")
    if inside:
        return f"{query}[{inside if ':' in inside else f'{inside}:{interval_ms}ms'}]{shift}"
    return f"last_over_time({query}[{interval_ms}ms:{interval_ms}ms]{shift})" if shift else query


def _keep(query: str, matchers: str) -> str:
    """Return the series of a query that matchers let through; PromQL takes them of metrics alone.

    Series that match get a mark, which a join selects or leaves out, and which is taken away again.
    """
    for label, sign, literal in MATCHER.findall(matchers):
        value = literal[1:-1] if literal.startswith("`") else str(ast.literal_eval(literal))
        pattern = _quote(value if sign.endswith("~") else re.escape(value))
        marked = f'label_replace({query}, "{MARK}", "1", "{label}", {pattern})'
        word = "and" if sign.startswith("=") else "unless"
        chosen = f'{marked} {word} on ({MARK}) label_replace(vector(1), "{MARK}", "1", "", "")'
        query = f'label_replace({chosen}, "{MARK}", "", "", "")'
    return query


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
