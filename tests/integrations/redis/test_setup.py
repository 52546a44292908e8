"""`setup.md`, as it is written: its commands are sent to real servers, and undone."""

import re
import shlex

import pytest

from exporter.base.check import DeniedError, Login
from integrations.redis.check import Check
from integrations.redis.protocol import ReplyError
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
PAGE = builtin("integrations", "redis", "setup.md").read_text()
LOGIN = Login("vigie", "PASSWORD")
TYPE = re.compile(r"^# TYPE (\S+)", re.MULTILINE)


def names(server, login=Login()):  # noqa: B008 - a frozen value
    """Return the metrics that a check gives which has not been refused anything yet."""
    server.check = Check()
    return set(TYPE.findall(server.page(login)))


def commands(section, index=0):
    """Return the words of each `redis-cli …` in a block of a section of the page."""
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    block = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)[index]
    lines = [shlex.split(line)[1:] for line in block.splitlines()]
    return [words[2:] if words[0] == "-p" else words for words in lines]


def test_the_user_may_look_change_nothing_and_is_taken_away_again(start_server, tmp_path):
    (tmp_path / "users").write_text("")
    server = start_server(f"aclfile {tmp_path / 'users'}")
    with pytest.raises(DeniedError):
        server.page(LOGIN)
    for words in commands("A user that may only look"):
        assert server.call(*words) == b"OK"
    assert names(server, LOGIN) == names(server)
    for words in ("GET key", "SET key 1", "KEYS *", "CONFIG SET maxmemory 1", "ACL LIST", "MONITOR", "FLUSHALL"):
        assert b"no permissions" in server.call("ACL", "DRYRUN", "vigie", *words.split())
    assert "user vigie" in (tmp_path / "users").read_text()
    for words in commands("How to undo it"):
        server.call(*words)
    with pytest.raises(DeniedError):
        server.page(LOGIN)
    assert "user vigie" not in (tmp_path / "users").read_text()


def test_the_user_of_a_sentinel_is_enough(start_server, wait_until):
    master = start_server('save ""')
    sentinel = start_server(f"sentinel monitor shop 127.0.0.1 {master.port} 1")
    wait_until(lambda: 'redis_sentinel_master_status{master_name="shop"' in sentinel.page(), what="the master")
    (words,) = commands("A user that may only look", 1)
    assert sentinel.call(*words) == b"OK"
    assert names(sentinel, LOGIN) == names(sentinel)


@pytest.mark.parametrize("rights", ["+info +config +slowlog +latency +cluster", "+info"])
def test_redis_6_has_no_rights_for_parts_of_a_command(start_server, rights):
    server = start_server(program="redis-6")
    with pytest.raises(ReplyError):
        server.call(*commands("A user that may only look")[0])
    server.call("ACL", "SETUSER", "vigie", "on", ">PASSWORD", "-@all", *rights.split())
    ours, all_there_is = names(server, LOGIN), names(server)
    assert len(ours) > 0.8 * len(all_there_is)
    assert (ours == all_there_is) == ("+config" in rights)
