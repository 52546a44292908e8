"""Differences between two values."""

import pytest

from vigie.reconcile.diff import ABSENT, differences, text_lines


def differences_of(before, after):
    return [(difference.path, difference.before, difference.after) for difference in differences(before, after)]


def test_equal_values_have_none():
    assert differences_of({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == []


def test_names_the_deepest_place():
    assert differences_of({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}) == [("a.b[1]", 2, 3)]


def test_tells_missing_from_null():
    assert differences_of({"a": None}, {"b": 1}) == [("a", None, ABSENT), ("b", ABSENT, 1)]


@pytest.mark.parametrize("key", ["id", "uid", "refId", "name"])
def test_an_inserted_member_is_one_difference(key):
    before = [{key: "x", "title": "X"}, {key: "y", "title": "Y"}]
    after = [{key: "new", "title": "N"}, *before]
    assert differences_of(before, after) == [(f"[{key}=new]", ABSENT, after[0])]


def test_another_order_is_a_difference():
    a, b = {"id": 1}, {"id": 2}
    assert differences_of([a, b], [b, a]) == [(" order", ["id=1", "id=2"], ["id=2", "id=1"])]


def test_lists_without_identity_are_compared_by_position():
    assert differences_of([{"id": 1}, {"id": 1}], [{"id": 1}]) == [("[1]", {"id": 1}, ABSENT)]


def test_another_type_is_a_difference():
    assert differences_of({"a": [1]}, {"a": "x"}) == [("a", [1], "x")]


def test_texts_are_told_apart_by_line():
    assert text_lines("a\nb\n", "a\nc\n") == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
