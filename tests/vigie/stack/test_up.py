"""`vigie up` for real: proven, watched, restarted, stopped without a trace; and a sentence for each misfortune."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from vigie.core import running_stack
from vigie.stack import ports, proof, state
from vigie.stack.layout import Layout
from vigie.stack.settings import Settings

pytestmark = pytest.mark.integration
TIMEOUT_SECONDS = 180


@pytest.fixture
def offset(port_offset):
    return port_offset


@pytest.fixture
def vigie(tmp_path, offset):
    """Return `vigie(*arguments)` for a stack of this test alone; whatever is left is stopped afterwards."""
    environment = {**os.environ, "VIGIE_UP_DIR": str(tmp_path / "stack"), "VIGIE_UP_PORT_OFFSET": str(offset)}

    def vigie(*arguments, **more):
        command = [sys.executable, "-m", "vigie", *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
            env={**environment, **more},
        )

    vigie.environment = environment
    vigie.folder = tmp_path / "stack"
    yield vigie
    vigie("down")


def stack_of(vigie):
    return state.read(vigie.folder)


def processes_of(folder):
    """Return the pids of all processes that run for the stack in `folder`, which their environment names."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if f"VIGIE_UP_DIR={folder}".encode() in path.read_bytes().split(b"\0"):
                pids.append(path.parent.name)
    return pids


def assert_nothing_left(vigie, offset, programs=()):
    for program in programs:
        assert state.start_ticks(program.pid) != program.start_ticks, f"{program.name} still runs"
        with pytest.raises(ProcessLookupError):
            os.killpg(program.pid, 0)
    assert processes_of(vigie.folder) == []
    assert not running_stack.is_held(vigie.folder)
    ports.require_free(Layout(Settings(port_offset=offset), vigie.folder, {}, "").ports())


def assert_found_by_our_commands(vigie):
    """Each takes its addresses and folders from the stack that runs, and says so; flags win."""
    for arguments in (
        ("discovery", "show", "--json"),
        ("provision", "plan", "--local", "--json"),
        ("usage", "--json"),
        ("downtime", "list"),
        ("doctor", "--json"),
        ("alert", "test"),
    ):
        done = vigie(*arguments)
        assert (done.returncode, done.stderr) == (0, f"taking addresses from the stack in {vigie.folder}\n"), done
        if "--json" in arguments:
            json.loads(done.stdout)
    elsewhere = {**vigie.environment, "VIGIE_UP_DIR": str(vigie.folder.parent)}
    assert vigie("discovery", "show", "--dir", str(vigie.folder), **elsewhere).returncode == 0
    refused = vigie("provision", "plan", "--local", **elsewhere).stderr.splitlines()[-1]
    assert refused.startswith("vigie: --local needs --rules-dir")
    assert vigie("downtime", "list", "--alertmanager-url", "http://127.0.0.1:9").stderr.startswith("vigie: ")


def test_the_life_of_a_stack_in_the_background(vigie, offset, wait_until):
    done = vigie("up", "--detach")
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'proven: up{job="node",instance="' in done.stdout
    status = json.loads(vigie("status", "--json").stdout)
    assert (status["phase"], status["running"]) == ("up", True)
    assert {program["name"]: program["state"] for program in status["programs"]}["prometheus"] == "running"
    assert "already runs" in vigie("up").stderr
    assert_found_by_our_commands(vigie)

    victim = next(program for program in status["programs"] if program["name"] == "alertmanager")
    os.kill(victim["pid"], signal.SIGKILL)

    def restarted():
        now = next(program for program in stack_of(vigie).programs if program.name == "alertmanager")
        return now.state == "running" and now.restarts == 1 and now.pid != victim["pid"]

    wait_until(restarted, what="the restart of alertmanager")
    assert "restarted once (signal KILL)" in vigie("status").stdout
    assert "starts again in 1 s" in vigie("logs", "supervisor").stdout
    assert "Listening on" in vigie("logs", "alertmanager", "--lines", "1000").stdout
    assert vigie("logs", "nobody").returncode == 64

    assert len(processes_of(vigie.folder)) >= 7
    programs = stack_of(vigie).programs
    done = vigie("down")
    assert (done.returncode, done.stdout) == (0, "down: every process has ended\n")
    assert_nothing_left(vigie, offset, programs)
    assert vigie("status").returncode == 1
    assert vigie("down").stdout.startswith("nothing runs in ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_to_the_foreground_process_ends_everything(vigie, offset, wait_until, number):
    command = [sys.executable, "-m", "vigie", "up"]
    with subprocess.Popen(command, env=vigie.environment, stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: stack_of(vigie) and stack_of(vigie).phase == "up", TIMEOUT_SECONDS)
        programs = stack_of(vigie).programs
        # It says so a moment after its state does.
        assert "up: the chain is proven; Ctrl-C stops everything\n" in iter(process.stdout.readline, "")
        process.send_signal(number)
        process.stdout.read()
        code = process.wait()
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    wait_until(lambda: all(state.start_ticks(program.pid) != program.start_ticks for program in programs))
    assert_nothing_left(vigie, offset, programs)


def test_what_a_killed_stack_left_in_consul_does_not_stand_in_the_way(vigie, offset):
    """The exporter deregisters what it left at another port, and the chain is proven with the new one."""
    assert vigie("up", "--detach").returncode == 0
    os.kill(stack_of(vigie).supervisor_pid, signal.SIGKILL)
    done = vigie("up", "--detach", VIGIE_UP_EXPORTER_PORT="9101")
    assert done.returncode == 0, done.stdout + done.stderr
    host = socket.gethostname()
    services = proof.get_json(f"http://127.0.0.1:{8500 + offset}/v1/agent/services")
    exporters = [identifier for identifier in services if identifier.startswith("vigie-exporter:")]
    assert exporters == [f"vigie-exporter:{host}:{9101 + offset}"]


def test_a_port_in_use_is_one_sentence_and_nothing_is_left(vigie, offset):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 9090 + offset))
        taken.listen()
        done = vigie("up")
    assert done.returncode == 1
    assert done.stderr.startswith(f"vigie: port {9090 + offset} is in use by ")
    assert len(done.stderr.splitlines()) == 1
    assert_nothing_left(vigie, offset)
    assert vigie("status").stdout.startswith("not running; the last start failed: port ")


def test_a_chain_that_is_not_proven_names_the_step_and_its_log(vigie, offset):
    done = vigie("up", "--detach", VIGIE_UP_READY_TIMEOUT="1")
    assert done.returncode == 1
    assert "vigie: not proven within 1 s: " in done.stderr
    assert f"; see {vigie.folder}/logs/" in done.stderr
    assert_nothing_left(vigie, offset)
    assert "the last start failed: not proven" in vigie("status").stdout


def test_a_server_that_does_not_start_says_why(vigie, offset):
    vigie.folder.mkdir()
    (vigie.folder / "consul").mkdir()
    (vigie.folder / "consul" / "data").write_text("not a folder")
    done = vigie("up", VIGIE_UP_RESTART_BACKOFF="0.1")
    assert done.returncode == 1
    assert "vigie: consul does not start (exit code 1): " in done.stderr
    assert_nothing_left(vigie, offset)


def test_no_network_and_an_empty_cache_is_one_sentence(vigie, tmp_path, free_port):
    mirror = f"http://127.0.0.1:{free_port()}/debian"
    done = vigie("up", VIGIE_UP_CACHE=str(tmp_path / "cache"), VIGIE_UP_MIRROR=mirror, PATH="/usr/bin:/bin")
    assert done.returncode == 1
    assert done.stderr.startswith(f"vigie: the Debian mirror {mirror} can't be reached and the server is not in")
    assert len(done.stderr.splitlines()) == 1


def test_an_interrupted_download_cleans_up(vigie, tmp_path, wait_until):
    cache = tmp_path / "cache"
    with socket.socket() as silent:  # a mirror that takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mirror = f"http://127.0.0.1:{silent.getsockname()[1]}/debian"
        more = {"VIGIE_UP_CACHE": str(cache), "VIGIE_UP_MIRROR": mirror, "PATH": "/usr/bin:/bin"}
        command = [sys.executable, "-m", "vigie", "up"]
        with subprocess.Popen(command, env={**vigie.environment, **more}, stderr=subprocess.PIPE) as process:
            wait_until(lambda: list(cache.glob(".fetch-*/*/apt.log")), what="the download")
            assert vigie("down").stdout == "down: every process has ended\n"
            process.stderr.read()
    assert process.returncode == 130
    assert [path.name for path in cache.iterdir()] == ["lock"]
    assert processes_of(vigie.folder) == []


@pytest.mark.root
@pytest.mark.parametrize("variable", ["VIGIE_UP_DIR", "VIGIE_UP_CACHE"])
def test_a_full_disk_is_one_sentence(vigie, tmp_path, variable):
    small = tmp_path / "small"
    small.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], capture_output=True, text=True, check=False
    )
    assert mount.returncode == 0, mount.stderr
    try:
        done = vigie("up", **{variable: str(small / "folder"), "PATH": "/usr/bin:/bin"})
    finally:
        subprocess.run(["umount", small], check=True)
    assert done.returncode == 1
    option = "--dir" if variable == "VIGIE_UP_DIR" else "--cache"
    assert done.stderr.startswith(f"vigie: {small}/folder: the disk has only 1 MB free")
    assert option in done.stderr
    assert len(done.stderr.splitlines()) == 1
