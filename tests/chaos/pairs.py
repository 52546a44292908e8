"""`vigie up --ha` under attack: its processes, its targets, its samples, its alerts."""

import http.server
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

from vigie.stack import proof, state
from vigie.stack.configurations import rules_folder, targets_folder
from vigie.stack.layout import Layout

SCRAPE_SECONDS = 5
TARGETS = 6
# `for: 0s`, so that an incident is one at the next evaluation; routed like every critical alert.
RULE = """
groups:
  - name: trial
    rules:
      - alert: TrialDown
        expr: up{job="web"} == 0
        labels: {severity: critical}
"""


class Page(http.server.BaseHTTPRequestHandler):
    """What a target answers."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"answers 42\n")

    def log_message(self, *_):
        """Keep the test's output clean."""


class Fleet:
    """Small applications, each on a loopback address of its own, so that each can die alone."""

    def __init__(self, port):
        self.port, self._servers = port, {}
        for number in range(TARGETS):
            self.revive(number)

    def revive(self, number):
        server = http.server.ThreadingHTTPServer((f"127.0.7.{number + 1}", self.port), Page)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._servers[number] = server

    def kill(self, number):
        server = self._servers.pop(number)
        server.shutdown()
        server.server_close()

    def close(self):
        for number in list(self._servers):
            self.kill(number)


class Watch(threading.Thread):
    """Looks at the target files of both discoveries again and again: the fewest applications ever in one of them."""

    def __init__(self, files):
        super().__init__(daemon=True)
        self._files, self.fewest, self._is_over = files, TARGETS, threading.Event()

    def run(self):
        while not self._is_over.wait(0.05):
            self.fewest = min(self.fewest, *(file.read_text().count('"targets"') for file in self._files))

    def stop(self):
        self._is_over.set()
        if self.is_alive():  # it never ran when the stack did not come up
            self.join(10)


class Pairs:
    """A running stack; `kill`, `freeze`, `thaw` take the names that `vigie status` shows."""

    def __init__(self, folder, settings, catalog_at, wait_until, port):
        self.layout = Layout(settings, folder, {}, os.uname().nodename)
        self._environment = {
            **os.environ,
            "VIGIE_UP_DIR": str(folder),
            "VIGIE_UP_PORT_OFFSET": str(settings.port_offset),
        }
        self._catalog_at, self.wait_until = catalog_at, wait_until
        self.fleet, self._frozen = Fleet(port), set()
        folders = [targets_folder(self.layout, name) for name in self.layout.members("discovery")]
        self.watch = Watch([folder / "app-web.json" for folder in folders])

    def vigie(self, *arguments):
        command = [sys.executable, "-m", "vigie", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=180)

    def start(self):
        done = self.vigie("up", "--ha", "--shards", str(self.layout.settings.shards), "--detach")
        assert done.returncode == 0, done.stdout + done.stderr
        self.register()
        for name in self.prometheuses():
            (rules_folder(self.layout, name) / "trial.yml").write_text(RULE)
            os.kill(self.program(name).pid, signal.SIGHUP)
        self.wait_until(lambda: sum(len(self.samples(name)) for name in self.prometheuses()) == 2 * TARGETS)
        self.watch.start()
        return self

    def stop(self):
        self.watch.stop()
        for name in list(self._frozen):
            self.thaw(name)
        self.fleet.close()
        assert self.vigie("down").returncode == 0

    def register(self):
        """Write the applications into the catalog, as agents of other machines would."""
        catalog = self._catalog_at(self.layout.url(self.leader()))
        for number in range(TARGETS):
            host, _, port = self.instance(number).partition(":")
            catalog.row("web", number, node=f"box-{number}", node_address=host, Address=host, Port=int(port))

    def instance(self, number):
        return f"127.0.7.{number + 1}:{self.fleet.port}"

    def prometheuses(self):
        return self.layout.members("prometheus")

    def program(self, name):
        return next(program for program in state.read(self.layout.folder).programs if program.name == name)

    def names(self):
        return [program.name for program in state.read(self.layout.folder).programs]

    def leader(self):
        """Return the name of the Consul server that leads."""

        def find_leader():
            for name in self.layout.members("consul"):
                answer = proof.get_json(self.layout.url(name) + "/v1/status/leader")
                if answer:
                    servers = self.layout.members("consul")
                    return next((server for server in servers if self.layout.address(server, "server") == answer), None)
            return None

        return self.wait_until(find_leader, what="a leader")

    def kill(self, name):
        """Kill a process, and wait until another one runs in its place; return how long that took, in seconds."""
        before, started = self.program(name), time.monotonic()
        os.kill(before.pid, signal.SIGKILL)
        self._frozen.discard(name)

        def replaced():
            now = self.program(name)
            return now.state == "running" and now.pid != before.pid

        self.wait_until(replaced, what=f"another {name}")
        return time.monotonic() - started

    def freeze(self, name):
        os.kill(self.program(name).pid, signal.SIGSTOP)
        self._frozen.add(name)

    def thaw(self, name):
        self._frozen.discard(name)
        os.kill(self.program(name).pid, signal.SIGCONT)

    def recovers(self):
        """Wait until every leg of the chain is proven again, by samples of after now; no target was ever lost."""
        started = time.time()
        for step in (*proof.consul_steps(self.layout), *proof.chain_steps(self.layout, started)):
            self.wait_until(step.holds, 90, f"“{step.name}”")
        assert self.watch.fewest == TARGETS

    def samples(self, name, seconds=SCRAPE_SECONDS * 2):
        """Return the times of the applications' samples on a Prometheus or in the store, by instance."""
        rows = proof.query(self.layout.url(name), f'up{{job="web"}}[{seconds:.0f}s]')
        return {row["metric"]["instance"]: [value[0] for value in row["values"]] for row in rows}

    def gaps(self, name, since):
        """Return the gaps of an application's samples since then (Unix seconds), in seconds: of the one that has most.

        The store keeps one sample of two replicas an interval, and shows it later: there up to now is no gap yet.
        """
        now, is_store = time.time(), name == "victoria-metrics"
        samples = self.samples(name, now - since)
        assert len(samples) == TARGETS
        longest = SCRAPE_SECONDS * (2.1 if is_store else 1.8)
        rows = [times if is_store else [*times, now] for times in samples.values()]
        pauses_of_rows = [[after - before for before, after in itertools.pairwise(times)] for times in rows]
        return max(([round(pause) for pause in pauses if pause > longest] for pauses in pauses_of_rows), key=len)

    def all_gaps(self, since):
        """Return the gaps of both Prometheus and of the store, by name."""
        return {name: self.gaps(name, since) for name in (*self.prometheuses(), "victoria-metrics")}

    def told(self, instance):
        """Return how often the inbox heard that an application is down."""
        lines = (self.layout.folder / "logs" / "inbox.log").read_text().splitlines()
        words = ("status=firing", "alertname=TrialDown", f"instance={instance}")
        return sum(all(word in line.split() for word in words) for line in lines)

    def alerting(self, instance):
        """Tell whether some Alertmanager knows that an application is down."""
        matching = f'filter=alertname="TrialDown"&filter=instance="{instance}"'
        return any(
            proof.get_json(f"{self.layout.url(name)}/api/v2/alerts?{matching}")
            for name in self.layout.members("alertmanager")
        )
