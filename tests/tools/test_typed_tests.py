"""The ratchet of mypy over the tests."""

FINDING = "tests/a.py:1: error: no"


def test_a_new_finding_and_a_clean_file_of_the_list_are_told(tools):
    compare = tools("typed_tests").compare
    assert compare({"tests/a.py"}, {"tests/a.py"}, [FINDING]) == []
    assert compare({"tests/a.py"}, set(), [FINDING]) == [FINDING]
    assert compare(set(), {"tests/a.py"}, []) == ["tests/a.py is clean: take it out of tests/untyped.txt"]
