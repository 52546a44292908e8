"""The selection grammar, evaluated on our side so that it means the same beside every version of Consul.

    expression = all { "or" all }
    all        = factor { "and" factor }
    factor     = "not" factor | "(" expression ")" | field operator value
    field      = tag | service | kind | node | dc | health | meta.KEY | node_meta.KEY
    operator   = "==" | "!=" | "=~" | "!~"       (=~ matches the whole text, as in Prometheus)
    value      = word | "text in double quotes"

`tag == x` holds when one of the tags is x, `tag != x` when none is. A Meta key that is not there is the empty text.
Sidecars and gateways of the mesh have a kind (`connect-proxy`, `mesh-gateway`, …) and are selected only by an
expression that speaks of `kind`: Consul copies their service's tags, and what they listen for is no scrape.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

TOKEN = re.compile(r'\s*(?:(\(|\)|==|!=|=~|!~)|"((?:[^"\\]|\\.)*)"|([^\s()"=!~]+))')
FIELDS = ("tag", "service", "kind", "node", "dc", "health")
FAMILIES = ("meta.", "node_meta.")


class Facts(NamedTuple):
    """What is known of an instance; None for what is not known yet."""

    service: str
    tags: tuple[str, ...]
    node: str | None = None
    dc: str | None = None
    health: str | None = None
    meta: Mapping[str, str] | None = None
    node_meta: Mapping[str, str] | None = None
    kind: str | None = None


Test = Callable[[Facts], bool | None]


class Selection(NamedTuple):
    """A parsed expression; `text` is how it was written."""

    text: str
    test: Test
    names_kind: bool = False

    def selects(self, facts: Facts) -> bool:
        """Return whether an instance, of which everything is known, is selected."""
        return (self.names_kind or not facts.kind) and bool(self.test(facts))

    def may_select(self, service: str, tags: tuple[str, ...]) -> bool:
        """Return whether some instance of a service may be selected; `tags` are those of all its instances."""
        return self.test(Facts(service, tags)) is not False


def parse(text: str) -> Selection:
    """Return the selection that `text` describes; raise ValueError that says where it can't be read."""
    parser = _Parser(_tokens(text))
    test = parser.expression()
    if parser.peek() is not None:
        raise ValueError(f"expected `and`, `or` or the end, not {parser.peek()!r}")
    return Selection(text, test, parser.names_kind)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return (kind, text) of each token: `sign`, `text` in quotes, or `word`."""
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"can't read {text[at:].strip()!r}")
        sign, quoted, word = match.groups()
        if sign is not None:
            tokens.append(("sign", sign))
        elif word is not None:
            tokens.append(("word", word))
        else:
            tokens.append(("text", re.sub(r"\\(.)", r"\1", quoted)))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0
        self.names_kind = False  # whether the expression speaks of it

    def peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def expression(self) -> Test:
        tests = [self._all()]
        while self._takes("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda facts: _either(test(facts) for test in tests)

    def _all(self) -> Test:
        tests = [self._factor()]
        while self._takes("and"):
            tests.append(self._factor())
        return tests[0] if len(tests) == 1 else lambda facts: _not(_either(_not(test(facts)) for test in tests))

    def _factor(self) -> Test:
        if self._takes("not"):
            inner = self._factor()
            return lambda facts: _not(inner(facts))
        if self._takes("("):
            inner = self.expression()
            if not self._takes(")"):
                raise ValueError("expected `)`")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        field = self._next("a field")
        if field not in FIELDS and not (field.startswith(FAMILIES) and not field.endswith(".")):
            raise ValueError(f"{field!r} is no field; expected {', '.join(FIELDS)}, meta.KEY or node_meta.KEY")
        self.names_kind |= field == "kind"
        operator = self._next("an operator", kinds=("sign",))
        if operator not in {"==", "!=", "=~", "!~"}:
            raise ValueError(f"{operator!r} is no operator; expected ==, !=, =~ or !~")
        matches = _matcher(operator, self._next("a value"))
        is_negative = operator.startswith("!")

        def test(facts: Facts) -> bool | None:
            values = _values(facts, field)
            if values is None:
                return None
            has_match = any(map(matches, values))
            if field == "tag" and has_match and facts.node is None:
                return None  # some instances have it, others may not
            return has_match != is_negative

        return test

    def _next(self, expected: str, kinds: tuple[str, ...] = ("word", "text")) -> str:
        if self._at == len(self._tokens):
            raise ValueError(f"expected {expected} at the end")
        kind, text = self._tokens[self._at]
        if kind not in kinds:
            raise ValueError(f"expected {expected}, not {text!r}")
        self._at += 1
        return text

    def _takes(self, word: str) -> bool:
        kind = "sign" if word in "()" else "word"
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, word):
            self._at += 1
            return True
        return False


def _matcher(operator: str, value: str) -> Callable[[str], bool]:
    if operator in {"==", "!="}:
        return lambda text: text == value
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from error
    return lambda text: pattern.fullmatch(text) is not None


def _values(facts: Facts, field: str) -> tuple[str, ...] | None:
    """Return the texts that a field has, or None while it is not known."""
    if field == "tag":
        return facts.tags
    family, dot, key = field.partition(".")
    value = getattr(facts, family)
    if value is None:
        return None
    return (value.get(key, "") if dot else value,)


def _either(results: Iterable[bool | None]) -> bool | None:
    is_unknown = False
    for result in results:
        if result:
            return True
        is_unknown |= result is None
    return None if is_unknown else False


def _not(result: bool | None) -> bool | None:  # noqa: FBT001 - the value itself, not a switch
    return None if result is None else not result
