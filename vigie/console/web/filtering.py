"""The filter of lists: a tag expression, such as `team:shop cpu>80% -dc:eu` or `env:prod and not (web or db*)`.

    expression = all { "or" all }
    all        = one { [ "and" ] one }
    one        = ( "not" | "-" ) one | "(" expression ")" | NAME ":" VALUE | NAME OPERATOR NUMBER | TEXT
    OPERATOR   = ">" | "<" | ">=" | "<="         (the number may end with %)

A value or a text may have `*` for anything; a text is looked for in the row's name.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import NamedTuple, Protocol

TOKEN = re.compile(r'\s*(\(|\)|-(?=[\w("*])|(?:[^\s()":<>]+(?=[:<>]))?(?::|>=|<=|>|<)?(?:"[^"]*"|[^\s()"]+))')
COMPARISON = re.compile(r"([^:<>]+)(:|>=|<=|>|<)(.+)", re.DOTALL)
LONGEST = 500


class Row(Protocol):
    """What can be filtered."""

    @property
    def name(self) -> str:
        """The name that texts are looked for in."""

    @property
    def values(self) -> Mapping[str, float]:
        """The numbers by name."""

    def tag(self, name: str) -> str:
        """Return a tag's value, the empty text for none."""


Test = Callable[[Row], bool]


class Filter(NamedTuple):
    """A parsed expression; `error` says what is wrong with its text, and everything passes then."""

    text: str
    test: Test
    error: str = ""


def parse(text: str) -> Filter:
    """Return the filter that the text describes; the empty text lets everything pass."""
    text = text.strip()[:LONGEST]
    if not text:
        return Filter("", lambda _: True)
    try:
        test = _Parser(_tokens(text)).whole()
    except (ValueError, RecursionError) as error:
        return Filter(text, lambda _: True, str(error))
    return Filter(text, test)


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text[at:].strip()!r} can't be read; expected NAME:VALUE, NAME>NUMBER or a text")
        tokens.append(match[1])
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def whole(self) -> Test:
        test = self.expression()
        if self.peek() is not None:
            raise ValueError(f"{self.peek()} closes nothing")
        return test

    def expression(self) -> Test:
        tests = [self._all()]
        while self._takes("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self.peek() not in {None, "or", ")"}:
            self._takes("and")
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._takes("not") or self._takes("-"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._takes("("):
            inner = self.expression()
            if not self._takes(")"):
                raise ValueError("a ( is not closed")
            return inner
        token = self.peek()
        if token in {None, ")", "and", "or"}:
            raise ValueError(f"something is missing before {token or 'the end'}")
        self._at += 1
        return _test(str(token))

    def _takes(self, word: str) -> bool:
        if self.peek() == word:
            self._at += 1
            return True
        return False


def _test(token: str) -> Test:
    comparison = COMPARISON.fullmatch(token)
    if comparison is None:
        holds = _pattern(f"*{token.strip(chr(34))}*")
        return lambda row: holds(row.name)
    name, operator, value = comparison.groups()
    if operator == ":":
        holds = _pattern(value.strip('"'))
        return lambda row: holds(row.tag(name))
    number = _number(value)
    compare = {">": float.__gt__, "<": float.__lt__, ">=": float.__ge__, "<=": float.__le__}[operator]
    return lambda row: name in row.values and compare(float(row.values[name]), number)


def _number(text: str) -> float:
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def _pattern(text: str) -> Callable[[str], bool]:
    pattern = re.compile(translate(text.replace("[", "[[]").replace("?", "[?]")), re.IGNORECASE)
    return lambda text: pattern.fullmatch(text) is not None
