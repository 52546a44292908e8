"""Real servers: MariaDB of Debian's oldest and newest suite, MySQL of unstable; a source, and a replica of it."""

import os
import shutil
import subprocess
from typing import NamedTuple

from exporter.base.check import DeniedError, Login, Server
from integrations.mysql.check import Check
from integrations.mysql.protocol import Connection, StatementError
from tests.integrations.debian_tree import unpack


class Kind(NamedTuple):
    """Where a server comes from, and how its data are made."""

    suites: tuple[str, ...]
    package: str
    is_mysql: bool = False


KINDS = {
    "oldest": Kind(("bullseye", "bookworm"), "^mariadb-server-core"),
    "newest": Kind(("forky",), "^mariadb-server-core$"),
    "mysql": Kind(("sid",), "^mysql-server-core$", is_mysql=True),
}
SUPERUSER = Login("admin", "sesame-of-mysql")
FIRST = f"""SET sql_log_bin = 0;
CREATE USER IF NOT EXISTS {SUPERUSER.user}@'%' IDENTIFIED BY '{SUPERUSER.password}';
GRANT ALL ON *.* TO {SUPERUSER.user}@'%' WITH GRANT OPTION;
"""
OPTIONS = ("--bind-address=127.0.0.1", "--socket=mysqld.sock", "--pid-file=mysqld.pid", "--log-bin=binlog",
           "--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--innodb-buffer-pool-size=16M")  # fmt: skip
AS_ROOT = ("--user=root",) if os.geteuid() == 0 else ()


class Programs:
    """The programs and the first data of one kind."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, folder
        root = unpack(kind.suites, kind.package)
        self.share = next(path for name in ("mariadb", "mysql") if (path := root / "usr/share" / name).is_dir())
        self.program = root / "bin" / ("mysqld" if kind.is_mysql else "mariadbd")
        self.base = [self.program, "--no-defaults", *AS_ROOT, f"--lc-messages-dir={self.share}"]
        self.base += [f"--character-sets-dir={self.share / 'charsets'}"]
        (folder / "first.sql").write_text(FIRST)
        (folder / "data").mkdir()
        if kind.is_mysql:
            self.base += ["--mysqlx=OFF", "--secure-file-priv="]
            self._make_mysql()
        else:
            self._make_mariadb()

    def _make_mysql(self):
        self._run(["--initialize-insecure"], b"")
        (self.folder / "data" / "auto.cnf").unlink()  # each copy is a server of its own

    def _make_mariadb(self):
        names = ("system_tables", "performance_tables", "system_tables_data")
        files = [path for name in names for path in self.share.glob(f"m*_{name}.sql")]
        text = b"CREATE DATABASE mysql;\nUSE mysql;\n" + b"".join(path.read_bytes() for path in files)
        self._run(["--bootstrap"], text)

    def _run(self, options, text):
        command = [*self.base, f"--datadir={self.folder / 'data'}", *options]
        done = subprocess.run(command, input=text, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]


class RealServer:
    """A server on a free port; `call` asks it, `page` reads the page of our check."""

    superuser = SUPERUSER

    def __init__(self, programs, port, number, options):
        self.programs, self.port, self.check = programs, port, Check()
        self.data = programs.folder / f"server-{port}"
        shutil.copytree(programs.folder / "data", self.data)
        command = [*programs.base, f"--datadir={self.data}", f"--port={port}", f"--server-id={number}", *OPTIONS]
        command += [f"--init-file={programs.folder / 'first.sql'}", *options]
        with (programs.folder / f"{port}.log").open("wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)

    def stop(self):
        self.process.kill()
        self.process.wait(20)

    def connect(self, login=SUPERUSER, seconds=20):
        return Connection(Server("127.0.0.1", self.port), login, seconds)

    def call(self, *statements, login=SUPERUSER):
        """Return the rows of the last statement."""
        with self.connect(login) as connection:
            answers = [connection.ask(statement) for statement in statements]
        return answers[-1].rows

    def answers(self):
        try:
            return self.call("SELECT 1")
        except (OSError, ValueError, StatementError, DeniedError):  # denied before its first file has run
            return False

    def page(self, login=SUPERUSER, timeout_seconds=10.0):
        return self.check.read(Server("127.0.0.1", self.port), login, timeout_seconds).decode()


class Servers:
    """Starts servers of one kind; all begin with the same data."""

    def __init__(self, kind, folder, free_port, wait_until):
        self._free_port, self._wait_until = free_port, wait_until
        self.programs = Programs(KINDS[kind], folder)
        self.started = []

    def start(self, *options):
        server = RealServer(self.programs, self._free_port(), len(self.started) + 1, options)
        self.started.append(server)
        self._wait_until(server.answers, what="an answer of MySQL")
        return server

    def start_replica(self, source):
        replica = self.start("--read-only=ON")
        source.call("CREATE USER mirror@'%' IDENTIFIED BY 'sesame-2'", "GRANT REPLICATION SLAVE ON *.* TO mirror@'%'")
        if self.programs.kind.is_mysql:
            change, start = "CHANGE REPLICATION SOURCE TO SOURCE", "START REPLICA"
            more = ", GET_SOURCE_PUBLIC_KEY=1"
        else:
            change, start, more = "CHANGE MASTER TO MASTER", "START SLAVE", ", MASTER_USE_GTID=slave_pos"
        prefix = change.rpartition(" ")[2]
        values = f"_HOST='127.0.0.1', {prefix}_PORT={source.port}, {prefix}_USER='mirror', {prefix}_PASSWORD='sesame-2'"
        replica.call(change + values + more, start)
        self._wait_until(lambda: "_sql_running{" in replica.page(), what="the replica")
        self._wait_until(lambda: self.has_goods(replica), what="the data at the replica")
        return replica

    @staticmethod
    def has_goods(server):
        try:
            return server.call("SELECT 1 FROM shop.goods LIMIT 1")
        except StatementError:
            return False
