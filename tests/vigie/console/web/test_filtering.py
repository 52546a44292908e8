"""The filter of lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.console.web.filtering import parse


class Row:
    def __init__(self, name="web-1", tags=None, values=None):
        self.name, self.tags, self.values = name, tags or {}, values or {}

    def tag(self, name):
        return self.tags.get(name, "")


ROW = Row("web-1", {"team": "shop", "dc": "eu", "system": "Debian GNU/Linux 12"}, {"cpu": 0.85})


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("web", True),
        ("WEB-*", True),
        ("db", False),
        ("team:shop", True),
        ("team:sh*", True),
        ("team:sho", False),
        ("-dc:eu", False),
        ("not dc:us", True),
        ("cpu>80%", True),
        ("cpu<0.8", False),
        ("cpu>=85%", True),
        ("memory>0", False),
        ('system:"Debian*"', True),
        ('system:"Debian GNU/Linux 12"', True),
        ("team:shop cpu>90%", False),
        ("team:shop and cpu>80%", True),
        ("team:pay or web", True),
        ("team:pay or (web and -dc:eu)", False),
        ("team:", False),
        ("owner:*", True),
        ("we[b]", False),
    ],
)
def test_what_passes(text, passes):
    chosen = parse(text)
    assert chosen.error == ""
    assert chosen.test(ROW) is passes


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("(web", "a ( is not closed"),
        ("web)", ") closes nothing"),
        ("cpu>much", "'much' is no number"),
        ("not", "something is missing before the end"),
        ("web or", "something is missing before the end"),
        ("and web", "something is missing before and"),
    ],
)
def test_a_mistake_is_said_and_lets_everything_pass(text, error):
    chosen = parse(text)
    assert chosen.error == error
    assert chosen.test(ROW)


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    parse(text).test(ROW)
