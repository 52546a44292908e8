"""Where settings come from, and what is said of wrong ones."""

from pathlib import Path

import pytest

from tests.vigie.core.settings.example import Example
from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, load, secret


def read(flags=None, environ=None, section="up"):
    return load(section, Example, flags or {}, environ or {})


@pytest.fixture
def file(tmp_path):
    def file(text):
        path = tmp_path / "vigie.yml"
        path.write_text(text)
        return path

    return file


def test_first_source_wins(file):
    config = file("up:\n  count: 2\n  pause: 10m\n  web.address: [a, b]\n  folder: /x\n")
    environ = {"VIGIE_UP_COUNT": "3", "VIGIE_UP_PAUSE": "1m30s"}
    settings = read({"config": config, "count": "4"}, environ)
    assert settings == Example(count=4, pause=90.0, address=("a", "b"), folder=Path("/x"))
    assert read({"config": config}, environ).count == 3
    assert read({"config": config}).pause == 600
    assert read() == Example()
    assert read(environ={"VIGIE_CONFIG": str(config)}).count == 2


def test_a_flag_may_be_converted_already():
    assert read({"folder": Path("/y")}).folder == Path("/y")


def test_lists_come_from_commas_and_repeats():
    assert read({"address": ("a,b", "c")}).address == ("a", "b", "c")
    assert read(environ={"VIGIE_UP_ADDRESS": "a,b"}).address == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("up:\n  count: none\n", r"vigie\.yml: up\.count: 'none' is not right: Expected `int`"),
        ("up:\n  count: 0\n", r"vigie\.yml: up\.count: 0 is not right: Expected `int` >= 1"),
        ("up:\n  cuont: 1\n", r"vigie\.yml: up\.cuont is not a setting; did you mean count\?"),
        ("upp: {}\n", r"vigie\.yml: upp is not a setting; did you mean up\?"),
        ("up: 3\n", r"vigie\.yml: up: expected a mapping"),
        ("- up\n", r"vigie\.yml: expected a mapping at the top"),
        ("up: [\n", r"vigie\.yml: expected YAML"),
        ("up:\n  pause: soon\n", r"vigie\.yml: up\.pause: 'soon' is not right"),
        ("up:\n  token: [1]\n", r"vigie\.yml: up\.token: the value is not right"),
    ],
)
def test_bad_file_is_named_with_the_place_and_what_was_expected(file, text, message):
    with pytest.raises(UsageProblemError, match=message):
        read({"config": file(text)})


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UsageProblemError, match=r"none\.yml: expected a readable YAML file"):
        read({"config": tmp_path / "none.yml"})


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"VIGIE_UP_COUNT": "x"}, "environment variable VIGIE_UP_COUNT: 'x' is not right"),
        ({"VIGIE_UP_CUONT": "1"}, r"VIGIE_UP_CUONT is not known; did you mean VIGIE_UP_COUNT\?"),
        ({"VIGIE_CONSUL_ULR": "x"}, r"VIGIE_CONSUL_ULR is not known; did you mean VIGIE_CONSUL_URL\?"),
        ({"VIGIE_UP_TOKEN": "\ud800"}, None),
    ],
)
def test_bad_environment(environ, message):
    if message is None:
        assert read(environ=environ).token == "\ud800"
        return
    with pytest.raises(UsageProblemError, match=message):
        read(environ=environ)


def test_other_programs_variables_are_theirs():
    assert read(environ={"VIGIE_DISCOVERY_ANYTHING": "1", "VIGIE_CONSUL_URL": "http://a"}) == Example()


def test_common_is_the_top_level(file):
    config = file("consul_url: http://a:1,http://b:1\nup: {count: 2}\n")
    assert load("", Common, {"config": config}, {}).consul.url == ("http://a:1", "http://b:1")


def test_secret_comes_from_the_environment_or_a_file(tmp_path):
    path = tmp_path / "token"
    path.write_text("from-file\n")
    assert secret(None, path) == "from-file"
    assert secret("given", path) == "given"
    assert secret(None, None) is None
    with pytest.raises(UsageProblemError, match="expected a readable file that holds a secret"):
        secret(None, tmp_path / "none")
