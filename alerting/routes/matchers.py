"""Matchers as Alertmanager reads them."""

import re

from vigie.core.errors import UsageProblemError

MATCHER = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
UNESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


def parse_matcher(text: str) -> list[str]:
    r"""Return label, sign and value of a matcher; raises UsageProblemError for none.

    In quotes a backslash stands for itself unless `n`, a quote or another backslash is behind it, so that `"web-\d+"`
    is what its writer means (Alertmanager's pkg/labels/parse.go, `ParseMatcher`).
    """
    match = MATCHER.fullmatch(text)
    if match is None:
        raise UsageProblemError(f"matcher {text!r}: expected name=value, name!=value, name=~regex or name!~regex")
    name, sign, value = match.groups()
    if not value.startswith('"'):
        return [name, sign, value]
    quoted = QUOTED.fullmatch(value)
    if quoted is None:
        raise UsageProblemError(f"matcher {text!r}: expected a value that ends with the quote it begins with")
    return [name, sign, ESCAPED.sub(lambda escape: UNESCAPED.get(escape[1], escape[0]), quoted[1])]
