"""A look recognises a Consul that began anew, and one that hides things."""

import pytest

from discovery.witness import Known, _doubt

BEFORE = Known(50, frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("found", "is_blind", "doubt"),
    [
        (Known(50, frozenset({"a", "b"})), False, None),
        (Known(51, frozenset({"b", "c"})), False, None),
        (Known(49, frozenset({"a", "b"})), False, "index"),
        (Known(99, frozenset({"c", "d"})), False, "index"),
        (Known(50, frozenset({"a", "b"})), True, "canary"),
    ],
)
def test_what_speaks_against_consul(found, is_blind, doubt):
    assert _doubt(BEFORE, found, is_blind=is_blind) == doubt


def test_the_first_look_has_nothing_to_compare_with():
    assert _doubt(Known(), Known(5, frozenset({"a"})), is_blind=False) is None
