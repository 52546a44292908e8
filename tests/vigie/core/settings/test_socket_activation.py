"""Sockets that systemd hands over."""

import socket
import subprocess
import sys

import pytest

from vigie.core.settings import inherited_sockets

CHILD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
from vigie.core.settings import inherited_sockets
found = inherited_sockets({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
print([listener.getsockname() for listener in found], os.get_inheritable(3))
"""


def test_a_socket_that_was_handed_over():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-c", CHILD, str(listener.fileno())]
        run = subprocess.run(command, pass_fds=[listener.fileno()], capture_output=True, text=True, check=True)
        assert run.stdout.strip() == f"[{listener.getsockname()}] False"


@pytest.mark.parametrize(
    "environ",
    [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "1"}, {"LISTEN_PID": "5"}, {"LISTEN_PID": "5", "LISTEN_FDS": "x"}],
)
def test_what_was_handed_to_nobody_or_another_is_left(environ):
    assert inherited_sockets(environ, process=5) == []
