"""A taken port is noticed and its holder named."""

import os
import socket

import pytest

from vigie.core.errors import ProblemError
from vigie.stack import ports

# From a real /proc/net/tcp: a listener on 127.0.0.1:9090, and an established connection from the same port.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41421 1 0 100 0 0 10 0
   1: 0100007F:2382 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000  1000        0 41500 1 0 20 4 30 10 -1
"""


def test_only_listeners_of_that_port_count():
    assert ports.listener_inodes(TABLE, 9090) == {"41421"}
    assert ports.listener_inodes(TABLE, 9091) == set()


def test_a_taken_port_names_its_holder_and_the_way_out(free_port):
    ports.require_free({"consul_port": free_port()})
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        expected = rf"port {port} is in use by .*\(pid {os.getpid()}\).*--prometheus-port.*--port-offset"
        with pytest.raises(ProblemError, match=expected):
            ports.require_free({"prometheus_port": port})
        with pytest.raises(ProblemError, match="--consul-serf-port"):
            ports.require_free({"consul_serf_2_port": port})


def test_an_offset_that_leaves_the_range_is_said():
    with pytest.raises(ProblemError, match=r"prometheus_port is 70000 .*smaller --port-offset"):
        ports.require_free({"prometheus_port": 70000})
