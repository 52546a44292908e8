"""The exporter as it runs: every collector on this machine, its page read by promtool, beside a mount that is dead."""

import ctypes
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from exporter.registry import find_collectors
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
VIGIE = [sys.executable, "-m", "vigie", "exporter", "--no-register", "--web.listen-address", "127.0.0.1:{port}"]
PROMTOOL_LINT = 3  # node_exporter's names are older than promtool's advice on names; 1 would be a page it can't read
MNT_DETACH = 2
SERVERS = {"ntp", "supervisord"}  # which don't run here
EVERYTHING = set(find_collectors()) - SERVERS
ROOTS = {"perf", "slabinfo"}  # what is root's alone


def page(exporter):
    with urllib.request.urlopen(exporter.url + "/metrics", timeout=10) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    "names",
    [pytest.param(EVERYTHING - ROOTS, id="of-everybody"), pytest.param(ROOTS, id="of-root", marks=pytest.mark.root)],
)
def test_promtool_reads_the_page_with_every_collector(start_program, names):
    exporter = start_program([*VIGIE, *(f"--collector.{name}" for name in sorted(names))], "/-/healthy")
    text = page(exporter)
    result = subprocess.run(
        [find("promtool").path, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode in {0, PROMTOOL_LINT}, result.stderr
    states = [line for line in text.splitlines() if line.startswith("vigie_collector_state{")]
    assert [line for line in states if 'state="error"' in line] == []
    assert len(states) >= len(names)


@pytest.fixture
def dead_mount(tmp_path):
    """Mount a FUSE file system whose server takes requests and never answers one; return where."""
    libc = ctypes.CDLL(None, use_errno=True)
    server = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0"
    if libc.mount(b"dead", str(tmp_path).encode(), b"fuse", 0, options.encode()):
        number = ctypes.get_errno()
        os.close(server)
        raise OSError(number, os.strerror(number), "mount of a FUSE file system")
    yield tmp_path
    os.close(server)  # ends what waits for an answer
    libc.umount2(str(tmp_path).encode(), MNT_DETACH)


@pytest.mark.root
def test_mounts_that_come_and_go_are_seen_at_the_next_scrape(start_program, tmp_path):
    exporter = start_program(VIGIE, "/-/healthy")
    libc = ctypes.CDLL(None, use_errno=True)
    size = f'node_filesystem_size_bytes{{device="none",fstype="tmpfs",mountpoint="{tmp_path}"}} 1048576'
    for _ in range(2):
        assert size not in page(exporter)
        assert libc.mount(b"none", str(tmp_path).encode(), b"tmpfs", 0, b"size=1m") == 0
        try:
            assert size in page(exporter)
        finally:
            libc.umount2(str(tmp_path).encode(), MNT_DETACH)


@pytest.mark.root
def test_a_dead_mount_is_told_and_holds_up_no_scrape(start_program, dead_mount):
    exporter = start_program([*VIGIE, "--collector.filesystem.mount-timeout=300ms"], "/-/healthy")
    for _ in range(3):
        text = page(exporter)
        labels = f'device="dead",device_error="mountpoint timeout",fstype="fuse",mountpoint="{dead_mount}"'
        assert f"node_filesystem_device_error{{{labels}}} 1" in text
        assert 'node_filesystem_size_bytes{device="dead"' not in text
        assert 'vigie_collector_state{collector="filesystem",state="ok"} 1' in text
        assert 'fstype="ext4"' in text or 'mountpoint="/"' in text
    threads = Path(f"/proc/{exporter.process.pid}/task")
    before = len(list(threads.iterdir()))
    for _ in range(10):
        page(exporter)
    assert len(list(threads.iterdir())) <= before
