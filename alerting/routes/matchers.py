"""Matchers as Alertmanager writes them: read, and compared with each other."""

import json
import re
from collections.abc import Iterable

from vigie.core.errors import UsageProblemError

MATCHER = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)


def parse_matcher(text: str) -> list[str]:
    """Return label, sign and value of a matcher as Alertmanager writes it; raises UsageProblemError for none."""
    match = MATCHER.fullmatch(text)
    if match is None:
        raise UsageProblemError(f"matcher {text!r}: expected name=value, name!=value, name=~regex or name!~regex")
    name, sign, value = match.groups()
    try:
        return [name, sign, json.loads(value) if value.startswith('"') else value]
    except ValueError as error:
        raise UsageProblemError(
            f"matcher {text!r}: expected a value that ends with the quote it begins with"
        ) from error


def exclude_each_other(some: Iterable[str], others: Iterable[str]) -> bool:
    """Tell whether it is certain that no alert matches all of both: they want two values of one label.

    What is no matcher excludes nothing: whoever delivers it says what is wrong with it.
    """
    return any(
        label == other_label and value != other_value
        for label, value in _equalities(some)
        for other_label, other_value in _equalities(others)
    )


def _equalities(matchers: Iterable[str]) -> list[tuple[str, str]]:
    equalities = []
    for matcher in matchers:
        try:
            label, sign, value = parse_matcher(matcher)
        except UsageProblemError:
            continue
        if sign == "=":
            equalities.append((label, value))
    return equalities
