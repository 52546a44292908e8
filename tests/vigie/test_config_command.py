"""`vigie config check`: a whole configuration file, all sections at once."""

import pytest
from click.testing import CliRunner

from vigie.config_command import SECTIONS, check, find_problems
from vigie.core import settings


@pytest.fixture
def problems(tmp_path):
    """Return `problems(text)`: what is said of a file with this text, without the file's path."""

    def problems(text):
        file = tmp_path / "vigie.yml"
        file.write_text(text)
        return [problem.removeprefix(f"{file}: ") for problem in find_problems(file)]

    return problems


def test_every_section_that_programs_read_is_checked():
    assert sorted(SECTIONS) == sorted(settings.SECTIONS)


def test_a_file_that_is_right_has_no_problems(problems):
    assert problems("") == problems("exporter:\n") == []
    text = (
        "consul_url: [http://a:8500, http://b:8500]\nprovision: {timeout: 1m, grafanas: [{name: a, url: http://a}]}\n"
    )
    assert problems(text + "exporter: {web.listen-address: ['127.0.0.1:9100']}\nup: {ha: true}\n") == []


def test_all_problems_are_told_each_in_a_line(problems):
    text = "consul_urls: a\nprovision:\n  attempts: 0\n  timeuot: 3\n  timeout: soon\ndiscovery: [a]\n"
    first, attempts, misspelled, timeout, discovery = problems(text)
    assert first == "line 1: consul_urls: is not a setting; did you mean consul_url?"
    assert attempts == "line 3: provision.attempts: 0 is not right: Expected `int` >= 1"
    assert misspelled == "line 4: provision.timeuot: is not a setting; did you mean timeout?"
    assert timeout == "line 5: provision.timeout: 'soon' is not right: expected a duration such as 500ms, 90s or 1h30m"
    assert discovery == "line 6: discovery: expected a mapping of settings"


def test_a_number_where_a_list_is_expected_is_told(problems):
    [problem] = problems("exporter: {web.listen-address: 9100}\n")
    assert problem.startswith("line 1: exporter.web.listen-address: 9100 is not right: ")


def test_of_a_choice_all_values_are_told(problems):
    [problem] = problems("provision: {evaluator: alertmanager}\n")
    expected = "expected one of prometheus, grafana"
    assert problem == f"line 1: provision.evaluator: 'alertmanager' is not right: {expected}"


def test_a_secret_is_not_shown(problems):
    [problem] = problems("grafana_token: [a-secret]\n")
    assert problem.startswith("line 1: grafana_token: the value is not right: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "expected a readable YAML file"),
        ("- a\n", "line 1: expected a mapping of settings and sections"),
        ("log_level: info\nlog_level: debug\n", "line 2: log_level is there twice: expected it once"),
        ("provision: {attempts: }\n", "line 1: provision.attempts: Expected `int`, got `null`, and found no value"),
    ],
)
def test_what_is_no_configuration_at_all(problems, text, words):
    [problem] = problems(text)
    assert words in problem


def test_the_command_exits_with_64_when_there_is_a_problem(tmp_path):
    file = tmp_path / "vigie.yml"
    file.write_text("up: {port: 1}\n")
    done = CliRunner().invoke(check, [str(file)])
    assert (done.exit_code, done.output.count("\n")) == (64, 1)
    file.write_text("log_level: info\n")
    done = CliRunner().invoke(check, [str(file)])
    assert (done.exit_code, done.output) == (0, f"{file} is fine\n")
    assert CliRunner().invoke(check, [str(tmp_path / "absent.yml")]).exit_code == 64
