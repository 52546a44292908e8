import subprocess
import sys

import pytest

from vigie.command import COMMANDS, cli
from vigie.core import namespace_check
from vigie.core.errors import ProblemError


def run(*arguments, **environ):
    return subprocess.run(
        [sys.executable, "-m", "vigie", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environ,
        check=False,
    )


def test_help_lists_every_command():
    result = run("--help")
    assert result.returncode == 0
    assert [name for name in COMMANDS if f"  {name} " not in result.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    [
        (["nonsense"], {}, "No such command 'nonsense'"),
        (["exporter", "--no-such-flag"], {}, "No such option"),
        (["exporter", "--web.listen-address", "9100"], {}, "expected HOST:PORT or :PORT"),
        (["exporter", "--scrape-deadline", "0"], {}, "flag --scrape-deadline"),
        (["exporter"], {"VIGIE_EXPORTER_NO_SUCH": "1"}, "VIGIE_EXPORTER_NO_SUCH is not known"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_64(arguments, environ, message):
    result = run(*arguments, **environ)
    assert result.returncode == 64
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_every_command_of_the_table_exists():
    for name in COMMANDS:
        command = cli.get_command(None, name)
        assert command is not None
        assert command.name == name


def test_guard_accepts_ours_and_refuses_anothers(tmp_path):
    namespace_check.check()
    for part in namespace_check.PARTS:
        (tmp_path / part).mkdir()
        (tmp_path / part / "__init__.py").write_text(namespace_check.MARK)
    namespace_check.check(tmp_path)
    (tmp_path / "discovery" / "__init__.py").write_text("# somebody else's\n")
    with pytest.raises(ProblemError, match=r"'discovery'.*another distribution has overwritten it"):
        namespace_check.check(tmp_path)


def make_parts(folder, parts, *distributions):
    for part in parts:
        (folder / part).mkdir()
        (folder / part / "__init__.py").write_text(namespace_check.MARK)
    for name in distributions:
        (folder / f"{name}-1.0.dist-info").mkdir()


def test_the_agent_alone_lacks_the_other_parts_and_monitoring_may_not(tmp_path):
    make_parts(tmp_path, ["exporter"], "vigie_agent", "requests")
    namespace_check.check(tmp_path)
    (tmp_path / "vigie_agent-1.0.dist-info").rename(tmp_path / "vigie_monitoring-1.0.dist-info")
    with pytest.raises(ProblemError, match="'alerting'"):
        namespace_check.check(tmp_path)


@pytest.mark.parametrize("other", ["vigie", "vigie_agent"])
def test_guard_refuses_a_second_owner_of_the_same_files(tmp_path, other):
    make_parts(tmp_path, namespace_check.PARTS, "vigie_monitoring", other)
    with pytest.raises(ProblemError, match="in a new environment"):
        namespace_check.check(tmp_path)
