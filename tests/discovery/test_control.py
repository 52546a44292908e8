"""What an operator says to a running bridge, as he says it: `show`, `release`, `drop`."""

import json
import os
import socket
import stat
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
def say(bridge):
    """Return `say(*arguments)`: a command about this test's bridge."""

    def say(*arguments):
        command = [sys.executable, "-m", "vigie", "discovery", "--output", bridge.folder, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT)

    return say


ENVIRONMENT = {**os.environ, "COLUMNS": "300"}


def test_what_is_held_goes_when_an_operator_releases_it(catalog, bridge, say, wait_until):
    catalog.fleet("web", 20)
    catalog.fleet("api", 20)
    wait_until(lambda: [len(bridge.ids(job) or ()) for job in ("web", "api")] == [20, 20])
    for number in range(20):
        catalog.remove_node(f"node-{number}")
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") == 40)
    assert say("release", "web").stdout == "20 targets removed\n"
    wait_until(lambda: bridge.groups("web") == [])
    assert len(bridge.ids("api")) == 20
    assert say("release").stdout == "20 targets removed\n"
    wait_until(lambda: bridge.groups("api") == [])
    assert bridge.metric('vigie_discovery_removed_total{reason="released"}') == 40


def test_what_is_lost_goes_when_an_operator_drops_it(catalog, bridge, say, wait_until):
    catalog.row("web", 1, "critical")
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    catalog.remove("web", 1)
    wait_until(lambda: bridge.metric("vigie_discovery_lost_targets") == 1)
    assert say("drop", "nobody").stdout == "0 targets removed\n"
    assert say("drop", "web-1").stdout == "1 targets removed\n"
    wait_until(lambda: bridge.groups("web") == [])


def test_show_prints_targets_their_origin_and_what_was_refused(catalog, bridge, say, wait_until):
    catalog.register("web", 1, Meta={"label_team": "core", "label_job": "node"})
    catalog.register("grafana", 1)
    wait_until(lambda: bridge.ids("web"))
    listing = json.loads(say("show", "--json").stdout)
    (target,) = listing["targets"]
    assert (target["job"], target["id"], target["service"], target["status"]) == ("web", "web-1", "web", "seen")
    assert target["labels"]["team"] == "core"
    refused = {(refusal["service"], refusal["why"]) for refusal in listing["refused"]}
    assert refused == {("web", "label"), ("grafana", "reserved_job")}
    assert listing["datacenters"][0]["ready"] is True
    text = say("show").stdout
    assert 'team="core"' in text
    assert "reserved_job" in text


def test_only_our_own_user_may_say_anything(bridge):
    status = (bridge.folder / ".state" / "control.sock").stat()
    assert stat.S_ISSOCK(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o600


NONSENSE = [b"", b"\n", b"{}\n", b'{"verb":"accept"}\n', b"x" * 10000, b'{"verb":"release","x":1}\n']


def test_nonsense_on_the_socket_harms_nobody(catalog, bridge, say, wait_until):
    catalog.register("web", 1)
    wait_until(lambda: bridge.ids("web"))
    descriptor = os.open(bridge.folder / ".state", os.O_RDONLY)
    for nonsense in NONSENSE:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"/proc/self/fd/{descriptor}/control.sock")
            connection.sendall(nonsense)
    os.close(descriptor)
    assert json.loads(say("show", "--json").stdout)["targets"]


def test_without_a_bridge_the_command_says_what_it_expected(bridge, say):
    bridge.running.stop()
    result = say("show")
    assert result.returncode == 1
    assert "expected a running `vigie discovery` with this --output" in result.stderr
