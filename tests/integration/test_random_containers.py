"""Containers started, restarted, renamed, paused and killed at random on a real daemon: what is registered is right.

Half a minute here; `make chaos` gives it `--minutes`. `--seed` repeats a run as far as real time allows.
"""

import random
import time

import pytest

from tests.fixtures.docker import daemon as docker
from tests.fixtures.docker.stack import HOST, Stack

pytestmark = [pytest.mark.integration, pytest.mark.root]

SEEN_SECONDS = 10
CRASHED_SECONDS = 20  # as the stack's exporter keeps what crashed
LOOK_SECONDS = 20  # --watch-interval: the end of a retention is no event, so it is seen at the next comparison
CONTAINERS_MAX = 6
JOBS = ("web", "db")


@pytest.fixture
def stack(tmp_path_factory, tmp_path, start_consul, start_program, start_prometheus):
    with docker.running(tmp_path_factory.mktemp("docker")) as daemon:
        stack = Stack(daemon, tmp_path, start_consul, start_program, start_prometheus)
        yield stack
        stack.exporter.stop()
        stack.pool.shutdown()


class Containers:
    """What is done to containers, and since when each is as it is: {id: (name, is running, since)}."""

    def __init__(self, stack, seed):
        self.stack, self.random, self.numbers = stack, random.Random(seed), iter(range(1, 10_000))
        self.all, self.history = {}, []

    def note(self, identifier, name, *, is_running):
        self.all[identifier] = (name, is_running, time.monotonic())

    def step(self):
        action = self.random.choice([name for name in dir(self) if name.startswith("do_")])
        chosen = self.random.choice(list(self.all)) if self.all else None
        if chosen is None and action != "do_start":
            return
        self.history.append((action, self.all.get(chosen)))
        try:
            getattr(self, action)(chosen)
        except AssertionError as refused:  # by the daemon: what makes no sense now, such as to pause the stopped
            self.history.append(("refused", str(refused)[:300]))

    def do_start(self, _):
        if len(self.all) < CONTAINERS_MAX:
            name = f"c{next(self.numbers)}"
            is_published = self.random.random() < 0.7
            host = {"PortBindings": {"8080/tcp": [{"HostPort": ""}]}, "exposed": {"8080/tcp": {}}}
            labels = {"vigie.job": self.random.choice(JOBS)}
            try:
                identifier = self.stack.run(name, labels=labels, **(host if is_published else {}))
            except AssertionError:
                self.stack.daemon.remove(name)  # made and not started: nobody of this test would know of it
                raise
            self.note(identifier, name, is_running=True)

    def do_restart(self, identifier):
        self._post(identifier, "restart?t=0")
        self.note(identifier, self.all[identifier][0], is_running=True)

    def do_rename(self, identifier):
        name = f"c{next(self.numbers)}"
        self._post(identifier, f"rename?name={name}")
        self.note(identifier, name, is_running=self.all[identifier][1])

    def do_pause(self, identifier):
        """Nobody ends what is only paused: it stays registered, and its check fails."""
        self._post(identifier, "pause")
        time.sleep(self.random.random() * 2)
        self._post(identifier, "unpause")

    def do_kill(self, identifier):
        self._post(identifier, "kill")
        self.note(identifier, self.all[identifier][0], is_running=False)

    def do_remove(self, identifier):
        self.stack.daemon.remove(identifier)
        del self.all[identifier]

    def _post(self, identifier, what):
        self.stack.daemon.call("POST", f"/containers/{identifier}/{what}")

    def of_docker(self):
        """Return what Docker says of all containers: name, state and how it came to it."""
        listed = self.stack.daemon.call("GET", "/containers/json?all=1") or []
        return [(container["Names"], container["State"], container["Status"]) for container in listed]

    def address(self, identifier):
        """Return where a running container is reached, as Docker says."""
        networks = self.stack.daemon.inspect(identifier)["NetworkSettings"]
        bindings = networks["Ports"].get("8080/tcp")
        if bindings:
            return "127.0.0.1", int(bindings[0]["HostPort"])
        return networks["Networks"]["bridge"]["IPAddress"], 8080


def what_is_wrong(containers):
    """Yield a sentence for each invariant that is broken now."""
    services = containers.stack.json(f"{containers.stack.consul.url}/v1/agent/services")
    registered = {
        identifier: (service["Address"], service["Port"])
        for identifier, service in services.items()
        if identifier.startswith(f"vigie:{HOST}:")
    }
    files = "".join(path.read_text() for path in containers.stack.targets.glob("app-*.json"))
    now, expected, running = time.monotonic(), set(), {}
    for identifier, (name, is_running, since) in containers.all.items():
        endpoint = f"vigie:{HOST}:{name}:8080"
        age = now - since
        if is_running or age < CRASHED_SECONDS + LOOK_SECONDS + SEEN_SECONDS:
            expected.add(endpoint)
        if is_running and age > SEEN_SECONDS:
            address = containers.address(identifier)
            running[address] = endpoint
            if registered.get(endpoint) != address:
                yield f"{endpoint} runs at {address}, and is registered at {registered.get(endpoint)}"
            elif f'"{address[0]}:{address[1]}"' not in files:
                yield f"{endpoint} runs at {address}, and is no target"
    youngest = min((now - since for _, _, since in containers.all.values()), default=SEEN_SECONDS)
    for endpoint in registered.keys() - expected if youngest >= SEEN_SECONDS else ():
        yield f"{endpoint} is registered, and no container has that name"
    for endpoint, address in registered.items():
        if running.get(address, endpoint) != endpoint and f"{HOST}/{endpoint.split(':')[2]}:8080" in files:
            yield f"{endpoint} is scraped at {address}, where {running[address]} answers"


def settle(containers):
    """The daemon and its observers run by themselves: what is wrong has to stay wrong to be told."""
    end = time.monotonic() + SEEN_SECONDS
    while (wrong := list(what_is_wrong(containers))) and time.monotonic() < end:
        time.sleep(0.2)
    assert not wrong, f"{wrong}; Docker has {containers.of_docker()}; last done: {containers.history[-12:]}"


def test_whatever_happens_to_containers(stack, request):
    seed = request.config.getoption("seed", default=None) or time.time_ns() % 1_000_000
    minutes = request.config.getoption("minutes", default=None) or 0.5
    print(f"seed {seed}")  # noqa: T201 - by which a run is repeated
    containers, end = Containers(stack, seed), time.monotonic() + minutes * 60
    while time.monotonic() < end:
        for _ in range(containers.random.randint(1, 4)):
            containers.step()
        time.sleep(containers.random.choice([0.5, 3, SEEN_SECONDS + 2]))
        settle(containers)
    settle(containers)
