"""The agent's one file on the oldest Debian of the mirror, in a root without Python; `make agent-file-trial`, as root.

The root is debootstrap's (kept in build/roots), entered by chroot. The exporter there answers, registers in a real
Consul, and deregisters when it ends. Its systemd and Docker are not tried.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.test_structure import ROOT
from vigie.stack import apt

pytestmark = [pytest.mark.integration, pytest.mark.root]
PROGRAM = "/opt/vigie/bin/vigie"
COLLECTOR = re.compile(r'^node_scrape_collector_success{collector="([^"]+)"}', re.MULTILINE)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return the folder of a Debian without Python that has the file as PROGRAM."""
    sys.path.insert(0, str(ROOT / "tools"))
    import one_file  # noqa: PLC0415 - a script of tools/

    folder = tmp_path_factory.mktemp("one-file")
    mirror = apt.own_mirror()
    suite = one_file.oldest(mirror)
    root = one_file.ROOTS / f"bare-{suite}"
    if not (root / "opt").is_dir():
        shutil.rmtree(root, ignore_errors=True)
        one_file.run("debootstrap", "--variant=minbase", suite, str(root), mirror)
    tool = [sys.executable, ROOT / "tools" / "one_file.py", "--output", folder, "--version", "1.0.0"]
    built = subprocess.run(tool, stdout=subprocess.PIPE, text=True, check=True)
    program = root / PROGRAM.lstrip("/")
    program.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built.stdout.strip(), program)
    return root


def inside(root, *arguments):
    """Return the command that runs the file in the root; its process is the file's own, so that signals reach it."""
    script = f'mount -t proc proc {root}/proc; mount --rbind /sys {root}/sys; exec chroot {root} {PROGRAM} "$@"'
    return ["unshare", "--mount", "env", "-i", "sh", "-euc", script, "sh", *arguments]


@pytest.fixture
def exporter(root, consul, start_program):
    """Return a running exporter out of the file, which registers at the Consul of this test."""
    arguments = ("exporter", "--no-cloud", "--web.listen-address=127.0.0.1:{port}", "--consul-url", consul.url)
    return start_program(inside(root, *arguments), "/-/healthy")


def registered(consul):
    return [entry["ServiceID"] for entry in requests.get(f"{consul.url}/v1/catalog/service/vigie-exporter").json()]


def test_there_is_no_python_and_the_file_tells_its_version(root):
    assert [path for folder in ("usr/bin", "usr/local/bin") for path in (root / folder).glob("python3*")] == []
    told = subprocess.run(inside(root, "--version"), capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("vigie, version 1.0.0\n", "")


def test_the_page_has_the_collectors_of_the_checkout(exporter, start_program):
    page = requests.get(f"{exporter.url}/metrics", timeout=30).text
    arguments = ["exporter", "--no-cloud", "--no-register", "--web.listen-address=127.0.0.1:{port}"]
    ours = start_program([sys.executable, "-m", "vigie", *arguments], "/-/healthy")
    expected = set(COLLECTOR.findall(requests.get(f"{ours.url}/metrics", timeout=30).text))
    assert set(COLLECTOR.findall(page)) == expected
    assert len(expected) > 30
    assert sum(not line.startswith("#") for line in page.splitlines()) > 200
    assert 'version="1.0.0"' in page


def test_it_registers_in_consul_and_leaves_nothing_when_it_ends(root, exporter, consul, wait_until):
    wait_until(lambda: registered(consul), what="the registration")
    assert len(list((root / "tmp").glob("_MEI*"))) == 1
    assert exporter.stop() == 0
    assert registered(consul) == []
    assert list((root / "tmp").glob("_MEI*")) == []


def test_what_it_costs(root, exporter):
    """Say the figures of the documents; the bounds are the issue's 40 MB for an agent, and the unit's MemoryMax."""
    size = (root / PROGRAM.lstrip("/")).stat().st_size
    unpacked = next((root / "tmp").glob("_MEI*"))
    files = [path for path in unpacked.rglob("*") if path.is_file()]
    disk = sum(path.stat().st_size for path in files)
    for _ in range(20):
        requests.get(f"{exporter.url}/metrics", timeout=30)
    pids = [exporter.process.pid, *children(exporter.process.pid)]
    statuses = "".join(Path(f"/proc/{pid}/status").read_text() for pid in pids)
    resident = sum(map(int, re.findall(r"VmRSS:\s+(\d+)", statuses)))
    began = time.monotonic()
    subprocess.run(inside(root, "--version"), check=True, stdout=subprocess.DEVNULL)
    start_seconds = time.monotonic() - began
    sizes = f"{size / 1e6:.1f} MB, unpacked {disk / 1e6:.1f} MB, resident {resident / 1024:.0f} MiB"
    print(f"{sizes}, start {start_seconds:.1f} s, glibc {newest_symbol(files)}")  # noqa: T201 - for the documents
    assert size < 40e6
    assert resident < 256 * 1024


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def newest_symbol(files):
    """Return the newest version of the C library that a compiled file asks for."""
    compiled = [str(path) for path in files if path.read_bytes()[:4] == b"\x7fELF"]
    listed = subprocess.run(["objdump", "-T", *compiled], capture_output=True, text=True, check=True).stdout
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", listed)
    return ".".join(map(str, max(tuple(map(int, version)) for version in versions)))


def test_it_starts_again_after_it_was_killed(root, exporter):
    """A kill leaves the unpacked folder; the next start makes a new one, as the unit's PrivateTmp takes both away."""
    os.killpg(exporter.process.pid, signal.SIGKILL)
    exporter.process.wait(20)
    exporter.start()
    assert requests.get(f"{exporter.url}/metrics", timeout=30).ok
    exporter.stop()
    for left in (root / "tmp").glob("_MEI*"):
        shutil.rmtree(left)
