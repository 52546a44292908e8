"""Objectives as files: which hold, and what is refused with which words."""

import pytest

from alerting.slo import spec
from vigie.core.errors import UsageProblemError

COUNTED = "good: sum(up)\ntotal: count(up)\n"
GOOD = "description: d\nobjective_percent: 99\n"


@pytest.fixture
def read(tmp_path):
    (tmp_path / "slo").mkdir()

    def read(text, name="shop"):
        (tmp_path / "slo" / f"{name}.yml").write_text(text)
        return spec.load(tmp_path)

    return read


def test_ours_are_there_without_a_site_folder():
    assert spec.load(None).keys() == {"hosts", "probes", "traefik"}


def test_the_site_folder_adds_changes_and_takes_away(read):
    read("# not here\n", "traefik")
    read(GOOD + "error_ratio: 1 - up\nseverity: warning\nteam: core\n", "hosts")
    caught = read(GOOD + COUNTED)
    assert caught.keys() == {"hosts", "probes", "shop"}
    assert (caught["hosts"].team, caught["hosts"].severity, caught["hosts"].window_days) == ("core", "warning", 30)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [", None, "expected a readable YAML file"),
        ("- a", 1, "Expected `object`"),
        (COUNTED, 1, "missing required field `description`"),
        (GOOD, 1, "expected either good and total, or error_ratio alone"),
        (GOOD + "good: up\n", 3, "good: expected either good and total"),
        (GOOD + COUNTED + "error_ratio: up\n", 3, "expected either good and total"),
        ("description: d\nobjective_percent: 100\n" + COUNTED, 2, "objective_percent: Expected `float` < 100"),
        (GOOD + COUNTED + "window_days: 0\n", 5, "window_days: Expected `int` >= 1"),
        (GOOD + COUNTED + "severity: page\n", 5, "severity: Invalid enum value 'page'"),
        (GOOD + COUNTED + "windows_days: 3\n", 5, "windows_days: Object contains unknown field `windows_days`"),
        (GOOD + COUNTED + "team: ''\n", 5, "team: Expected `str` of length >= 1"),
    ],
)
def test_names_file_line_and_what_was_expected(read, text, line, words):
    with pytest.raises(UsageProblemError) as caught:
        read(text)
    assert words in str(caught.value)
    assert "shop.yml: " in str(caught.value)
    assert line is None or f"shop.yml: line {line}: " in str(caught.value)


def test_refuses_a_name_that_would_be_no_label(read):
    with pytest.raises(UsageProblemError, match="expected small letters, digits and dashes"):
        read(GOOD + COUNTED, 'my "shop"')


@pytest.mark.parametrize(
    ("good", "words"),
    [
        ("sum(shop_ok)", "nobody emits shop_ok"),
        ("sum(up", "does not parse"),
        ("sum by (host) (up)", "expected dc beside host"),
        ("sum(rate(up[1m]))", "expected a counter"),
    ],
)
def test_the_linter_checks_the_queries(read, tmp_path, good, words):
    read(GOOD + f"good: {good}\ntotal: count(up)\n")
    catalogue = {"up": "gauge", "probe_success": "gauge", "traefik_service_requests_total": "counter"}
    problems = [str(problem) for problem in spec.problems(tmp_path, catalogue)]
    assert any(problem.startswith("slo/shop.yml: good: ") and words in problem for problem in problems)


def test_the_linter_tells_of_a_file_that_is_none(read, tmp_path):
    with pytest.raises(UsageProblemError):
        read("[]")
    [problem] = spec.problems(tmp_path, {})
    assert "shop.yml: line 1" in str(problem)
