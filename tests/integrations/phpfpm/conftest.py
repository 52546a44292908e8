"""Real PHP-FPM: of the oldest and newest Debian that the mirror serves, and phpfpm_exporter beside it."""

import contextlib
import tempfile
from pathlib import Path

import pytest

from exporter.base.byte_stream import ByteStream
from exporter.base.check import Login, Server
from integrations.phpfpm.check import Check
from integrations.phpfpm.fastcgi import get
from tests.fixtures.debian_suite import unpack
from tests.integrations.debian import unpack_first

COMMON = (
    "libacl1", "libapparmor1", "libargon2-1", "libcrypt1", "libpcre2-8-0", "libsystemd0", "libzstd1", "zlib1g",
)  # fmt: skip
OLD = ("libgcc-s1", "libgcrypt20", "libgpg-error0", "liblz4-1", "liblzma5", "libsodium23", "libstdc++6", "libxml2")
PACKAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "oldest": {
        "bullseye": ("php7.4-fpm", *COMMON, *OLD, "libicu67", "libssl1.1"),
        "bookworm": ("php8.2-fpm", *COMMON, *OLD, "libicu72", "libssl3", "libcap2"),
    },
    "newest": {"forky": ("php8.4-fpm", *COMMON, "libcap2", "libsodium26", "libssl3t64", "libxml2-16")},
}
POOL = "pm.status_path = /status"
CONFIGURATION = """
[global]
error_log = {folder}/error.log
[www]
user = root
group = root
listen = {address}
listen.backlog = 128
pm = static
pm.max_children = 2
{pool}
"""


class RealPool:
    """A pool of two processes; `run` has it run a script, `page` is the page of our check."""

    def __init__(self, process, server, folder):
        self.process, self.server, self.folder = process, server, folder
        self.check = Check()

    def run(self, code, timeout_seconds=20.0):
        """Return what a script answers."""
        path = self.folder / "script.php"
        path.write_text(f"<?php {code}")
        variables = {"SCRIPT_NAME": "/script.php", "SCRIPT_FILENAME": str(path), "REQUEST_METHOD": "GET"}
        with ByteStream(self.server.host, self.server.port, timeout_seconds) as stream:
            return get(stream, variables).partition(b"\r\n\r\n")[2].decode()

    def is_answering(self):
        """Return True; raise OSError where nobody listens yet."""
        return "pool" in self.run("echo 'pool';")

    def page(self, login=Login(), timeout_seconds=10.0, **place):  # noqa: B008 - a frozen value
        return self.check.read(self.server._replace(**place), login, timeout_seconds).decode()


@pytest.fixture(scope="module")
def start_pool(start_process, free_ports, wait_for_answer):
    """Return `start_pool(pool=POOL, age="newest", socket=False)`: a real pool, ended with the module.

    Its folder has a short name, for the kernel takes no long path of a socket.
    """
    with contextlib.ExitStack() as stack:

        def start_pool(pool=POOL, age="newest", *, socket=False):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fpm-")))
            port = 0 if socket else free_ports()
            server = Server(str(folder / "s") if socket else "127.0.0.1", port, "/status")
            address = server.host if socket else f"127.0.0.1:{port}"
            (folder / "fpm.conf").write_text(CONFIGURATION.format(folder=folder, address=address, pool=pool))
            suite = unpack_first(PACKAGES[age])
            program = next(suite.root.glob("usr/sbin/php-fpm*")).name
            words = ["--nodaemonize", "--allow-to-run-as-root", "-n", "--fpm-config", folder / "fpm.conf"]
            process = start_process([*suite.command(f"usr/sbin/{program}"), *words], folder)
            started = RealPool(process, server, folder)
            wait_for_answer(started.is_answering)
            return started

        yield start_pool


@pytest.fixture
def start_peer(start_program):
    """Return `start_peer(pool)`: the address of a real phpfpm_exporter that asks the pool."""

    def start_peer(pool):
        program = unpack("forky", "prometheus-phpfpm-exporter").root / "usr/bin/prometheus-phpfpm-exporter"
        address = f"--phpfpm.socket-paths={pool.server.host}"
        return start_program([program, "--web.listen-address=127.0.0.1:{port}", address], "/").url

    return start_peer
