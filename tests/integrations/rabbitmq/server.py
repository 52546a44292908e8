"""Real RabbitMQs out of Debian's packages, the oldest and the newest, each with its own Erlang and its own C library.

Debian's scripts know only `/usr/lib`. So Erlang's virtual machine is started as they start it, from below the folder.
"""

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.fixtures.debian_suite import Unpacked, unpack
from vigie.core.builtin import builtin

APPLICATIONS = (
    "asn1", "base", "crypto", "eldap", "inets", "mnesia", "os-mon", "parsetools", "public-key", "runtime-tools", "ssl",
    "syntax-tools", "tools", "xmerl",
)  # fmt: skip
ERLANG = tuple(f"erlang-{name}" for name in APPLICATIONS)
LIBRARIES = ("libc6", "libgcc-s1", "libstdc++6", "libsystemd0", "libtinfo6", "zlib1g", "libcap2", "libzstd1")
PACKAGES = {
    "3.10": ("bookworm", *ERLANG, *LIBRARIES, "libssl3", "libgcrypt20", "libgpg-error0", "liblz4-1", "liblzma5"),
    "4.3": ("forky", *ERLANG, "erlang-eunit", *LIBRARIES, "libssl3t64", "libsctp1"),
}
if TYPE_CHECKING:
    from tests.integrations.rabbitmq.amqp import Client

SETUP = builtin("integrations", "rabbitmq", "setup.md").read_text()
(ENDPOINT,) = re.findall(r"```ini\n(.*?)```", SETUP, re.DOTALL)  # as `setup.md` has it
WRAPPED = ("erl_child_setup", "inet_gethost", "epmd")
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
log.console = true
log.file = false
"""


class Tree:
    """The unpacked packages of one version, and how programs of them are started."""

    def __init__(self, version):
        suite, *names = PACKAGES[version]
        self.unpacked: Unpacked = unpack(suite, "rabbitmq-server", *names)
        self.erlang = self.unpacked.root / "usr/lib/erlang"
        self.bin = next(self.erlang.glob("erts-*/bin"))
        self.home = next((self.unpacked.root / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))

    def command(self, name):
        return self.unpacked.command(str((self.bin / name).relative_to(self.unpacked.root)))

    def wrap(self, folder):
        """Write programs into a folder that start those of the tree: Erlang starts them by itself."""
        folder.mkdir(parents=True)
        for name in WRAPPED:
            (folder / name).write_text(f'#!/bin/sh\nexec {" ".join(self.command(name))} "$@"\n')
            (folder / name).chmod(0o755)


class RealRabbit:
    """A RabbitMQ with a folder of its own; `settings` are lines of rabbitmq.conf."""

    def __init__(self, folder, version, ports, settings="", plugins="[rabbitmq_prometheus].\n"):
        self.folder, self.tree = folder, Tree(version)
        self.amqp, self.port, self.epmd, self.distribution = ports
        self.tree.wrap(folder / "bin")
        endpoint = f"prometheus.tcp.port = {self.port}\nprometheus.tcp.ip = 127.0.0.1\n"
        text = CONFIGURATION.format(amqp=self.amqp) + (
            settings if "prometheus.tcp" in settings else endpoint + settings
        )
        (folder / "rabbitmq.conf").write_text(text)
        cookie = folder / ".erlang.cookie"
        cookie.write_text("vigie-tests")
        cookie.chmod(0o400)
        self.plugins = folder / "enabled_plugins"
        self.plugins.write_text(plugins)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.client: Client | None = None

    @property
    def name(self):
        """The name of its node."""
        return f"rabbit{self.port}@localhost"

    @property
    def environment(self):
        """What Debian's scripts set."""
        folder, plugins = str(self.folder), str(self.tree.home / "plugins")
        return {
            "HOME": folder, "PATH": f"{folder}/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "BINDIR": f"{folder}/bin",
            "ROOTDIR": str(self.tree.erlang), "EMU": "beam", "PROGNAME": "erl", "ERL_LIBS": plugins,
            "RABBITMQ_HOME": str(self.tree.home), "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia", "RABBITMQ_MNESIA_DIR": f"{folder}/mnesia/node",
            "RABBITMQ_LOG_BASE": f"{folder}/log", "RABBITMQ_LOGS": "-", "RABBITMQ_PLUGINS_DIR": plugins,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.plugins), "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_FEATURE_FLAGS_FILE": f"{folder}/flags", "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/config",
            "SYS_PREFIX": folder, "ERL_EPMD_ADDRESS": "127.0.0.1",
        }  # fmt: skip

    def erl(self, *arguments):
        """Return the command that Debian's `erl` would be with these arguments."""
        root, folder = self.tree.erlang, self.folder
        start = ["--", "-root", root, "-bindir", folder / "bin", "-progname", "erl", "--", "-home", folder, "--"]
        return [*self.tree.command("beam.smp"), *map(str, [*start, "-epmd_port", self.epmd, *arguments])]

    def run_script(self, name, *arguments):
        """Run one of RabbitMQ's own commands, such as `rabbitmq-plugins`, and return what it printed."""
        script = self.tree.home / "escript" / name
        own = script.read_bytes().split(b"%%!", 1)[1].partition(b"\n")[0].decode().split()
        main = [*own, "-run", "escript", "start"]
        command = self.erl("-boot", "no_dot_erlang", "-noshell", *main, "-extra", script, *arguments)
        environment, folder = self.environment, self.folder
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        """Begin to start it; `is_up` tells when its endpoint answers."""
        port = self.distribution
        ports = ["-kernel", "inet_dist_listen_min", port, "-kernel", "inet_dist_listen_max", port]
        loopback = ["-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-start_epmd", "false"]
        boot = ["-pa", "", "-noshell", "-noinput", "-s", "rabbit", "boot", "-boot", "start_sasl"]
        epmd = [self.folder / "bin/epmd", "-port", str(self.epmd), "-address", "127.0.0.1"]
        for command in (epmd, self.erl(*boot, *ports, *loopback)):
            with (self.folder / "log.txt").open("ab") as log:
                process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=log, stderr=log)
            self.processes.append(process)
        return self

    def log_text(self):
        return Path(self.folder / "log.txt").read_text(errors="replace")

    def is_up(self):
        assert self.processes[-1].poll() is None, f"RabbitMQ ended:\n{self.log_text()[-3000:]}"
        try:
            return self.page().count("rabbitmq_queues ") > 0 and "Server startup complete" in self.log_text()
        except OSError:
            return False

    def page(self, path="/metrics"):
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=20).text

    def stop(self):
        if self.client is not None:
            self.client.close()
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.processes.clear()
