"""Real PostgreSQL servers of Debian's oldest and newest suite: a primary, and a replica that streams from it."""

import os
import shutil
import signal
import subprocess

from exporter.base.check import Login, Server
from integrations.postgresql.authentication import Authentication
from integrations.postgresql.check import Check
from integrations.postgresql.protocol import Connection
from tests.integrations.debian_tree import unpack

SUITES = {"oldest": ("bullseye", "bookworm"), "newest": ("forky",)}
SUPERUSER = Login("postgres", "sesame-of-postgres")
NOBODY = 65534
# PostgreSQL refuses to run as root. The one right lets it through the folders of root above its own.
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--securebits=+no_setuid_fixup"]
AS_NOBODY += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "hot_standby_feedback": "on",
    "track_io_timing": "on",
    "wal_receiver_status_interval": "1",
}


def as_user(*command):
    return [*(AS_NOBODY if os.geteuid() == 0 else []), *map(str, command)]


def give(folder):
    """Give a folder to the user that the server runs as."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)


def initialize(age, folder):
    """Make the data of a server of one age, and return its programs; copies of the data are one cluster."""
    root = unpack(SUITES[age], "^postgresql-[0-9]+$")
    (folder / "password").write_text(SUPERUSER.password)
    give(folder)
    share = next((root / "usr/share/postgresql").iterdir())
    words = [
        "-L",
        share,
        "-D",
        folder / "data",
        "-U",
        SUPERUSER.user,
        "--no-sync",
        "-A",
        "md5",
    ]  # which takes SCRAM too
    words += ["--pwfile", folder / "password", "-E", "UTF8", "--locale=C"]
    done = subprocess.run(as_user(root / "bin/initdb", *words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


class RealServer:
    """A server on a free port; `call` asks it, `page` reads the page of our check."""

    superuser = SUPERUSER

    def __init__(self, root, data, port, options):
        self.root, self.data, self.port, self.check = root, data, port, Check()
        lines = [f"{name} = '{value}'" for name, value in {**OPTIONS, "port": port, **options}.items()]
        with (data / "postgresql.conf").open("a") as file:
            file.write("\n".join(lines) + "\n")
        give(data)
        self.start()

    def start(self):
        with (self.data.parent / f"{self.port}.log").open("ab") as log:
            command = as_user(self.root / "bin/postgres", "-D", self.data)
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)  # at once, and its children with it
        self.process.wait(20)

    def connect(self, login=SUPERUSER, seconds=20):
        return Connection(("127.0.0.1", self.port), login, Authentication({}), seconds)

    def call(self, *statements, login=SUPERUSER):
        """Return the rows of the last statement, as text."""
        with self.connect(login) as connection:
            answers = connection.ask(statements)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [[value and value.decode() for value in row] for row in answers[-1].rows()]

    def answers(self):
        try:
            return self.call("SELECT 1")
        except (OSError, ValueError):
            return False

    def page(self, login=SUPERUSER, timeout_seconds=10.0):
        return self.check.read(Server("127.0.0.1", self.port), login, timeout_seconds).decode()


class Servers:
    """Starts servers of one age; all are copies of the same data."""

    def __init__(self, age, folder, free_port, wait_until):
        self._folder, self._free_port, self._wait_until = folder, free_port, wait_until
        folder.chmod(0o755)
        self._root = initialize(age, folder)
        self.started = []

    def start(self, **options):
        """Return a server; one with `primary_conninfo` is a replica."""
        port = self._free_port()
        data = self._folder / f"server-{port}"
        shutil.copytree(self._folder / "data", data)
        if "primary_conninfo" in options:
            (data / "standby.signal").touch()
        server = RealServer(self._root, data, port, options)
        self.started.append(server)
        self._wait_until(server.answers, what="an answer of PostgreSQL")
        return server

    def start_replica(self, primary):
        primary.call("SELECT pg_create_physical_replication_slot('mirror')")
        conninfo = f"host=127.0.0.1 port={primary.port} user={SUPERUSER.user} password={SUPERUSER.password}"
        replica = self.start(primary_conninfo=f"{conninfo} application_name=mirror", primary_slot_name="mirror")
        streams = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"
        self._wait_until(lambda: primary.call(streams), what="the replica")
        return replica
