"""`setup.md`, as it is written: its commands are run beside a real server, and undone."""

import os
import re
import subprocess

import pytest

from exporter.base.check import DeniedError, Login
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
PAGE = builtin("integrations", "memcached", "setup.md").read_text()
LOGIN = Login("vigie", "PASSWORD")


@pytest.fixture
def run(tmp_path):
    """Return `run(section, pid)`: runs a section's commands on a file of users in the test's folder.

    `chown` and `pidof` are stand-ins: there is no user memcache here, and other servers may run.
    """

    def run(section, pid):
        text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
        block = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)[0]
        for name, answer in (("chown", ""), ("pidof", f"echo {pid}")):
            (tmp_path / name).write_text(f"#!/bin/sh\n{answer}\n")
            (tmp_path / name).chmod(0o755)
        script = block.replace("/etc/memcached.users", str(tmp_path / "users"))
        environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(["sh", "-e", "-c", script], check=True, env=environment)

    return run


def is_denied(server):
    try:
        server.page(LOGIN)
    except DeniedError:
        return True
    return False


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_the_login_is_made_and_taken_away_again(age, start_server, run, tmp_path, wait_until):
    users = tmp_path / "users"
    users.write_text("shop:other\n")
    run("A login", 0)
    assert users.stat().st_mode & 0o777 == 0o400
    server = start_server("-Y", users, age=age)
    assert "memcached_up 1\n" in server.page(LOGIN)
    assert server.page(LOGIN).count("memcached_current_items 0\n") == 1, "the login itself is stored nowhere"
    run("How to undo it", server.process.pid)
    wait_until(lambda: is_denied(server), what="the end of the login")
    assert "memcached_up 1\n" in server.page(Login("shop", "other"))
