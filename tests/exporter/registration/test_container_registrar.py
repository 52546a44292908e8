"""The life of containers' endpoints in a real Consul agent; the containers are made by hand."""

import signal
import socket
import threading
import time
from types import SimpleNamespace

import msgspec
import pytest
import requests

from exporter.docker.container import PublishedPort
from exporter.docker.inventory import Snapshot
from exporter.registration.agent import Agent
from exporter.registration.container_plan import Limits
from exporter.registration.container_registrar import Registrar
from exporter.registration.host_registrar import Timing
from exporter.registration.record import INTERRUPTION, LEAVING, OWNER, Announcement, Record, owner

pytestmark = pytest.mark.integration
HOST = "web-1"
WEB = f"vigie:{HOST}:web:8080"


class Containers:
    """Stands in for the inventory: what a test says there is."""

    def __init__(self, *containers, is_known=True):
        self.changed = threading.Condition()
        self.current = Snapshot(1, {one.id: one for one in containers}, is_known, is_known, "")

    def snapshot(self):
        return self.current

    def wait(self, known_generation, timeout_seconds):
        with self.changed:
            self.changed.wait_for(lambda: self.current.generation > known_generation, timeout_seconds)
            return self.current

    def be(self, *containers):
        with self.changed:
            found = {one.id: one for one in containers}
            self.current = Snapshot(self.current.generation + 1, found, is_known=True, is_connected=True, failure="")
            self.changed.notify_all()


class CountingAgent(Agent):
    """Keeps what it wrote in `writes`."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.writes = []

    def register(self, record):
        self.writes.append(("register", record.id))
        super().register(record)

    def deregister(self, service_id):
        self.writes.append(("deregister", service_id, dict(self.maintenance_reasons())))
        super().deregister(service_id)


@pytest.fixture
def consul(start_consul):
    return start_consul(node_name=HOST)


@pytest.fixture
def watch():
    """Return `watch(url, containers, token_file=None, …)`: a started registrar; `end(one)` kills it."""
    started = []

    def watch(url, containers, token_file=None, mark=None, limits=Limits(check_interval_seconds=1), **changes):  # noqa: B008 - frozen
        wanted = Announcement(HOST, "127.0.0.1", 9100)._replace(**changes)
        timing = Timing(watch_seconds=0.5, retry_seconds=0.5, leave_window_seconds=0.3)
        host = SimpleNamespace(wanted=wanted, mark=mark)
        one = Registrar(CountingAgent(url, token_file, 1), containers, host, limits, timing)
        one.host = host
        started.append(one)
        one.start()
        return one

    yield watch
    for one in started:
        end(one)


def end(one):
    """Stop the thread as a killed exporter's: nothing is announced or deregistered."""
    one._ending.set()
    one._containers.be()
    one._thread.join(10)
    one._agent.close()


@pytest.fixture
def helper(consul):
    one = Agent(consul.url)
    yield one
    one.close()


def put(consul, path):
    requests.put(consul.url + path, timeout=10).raise_for_status()


def services(consul):
    return set(requests.get(f"{consul.url}/v1/agent/services", timeout=10).json())


def checks(consul, service):
    answer = requests.get(f"{consul.url}/v1/health/service/{service}", timeout=10).json()
    return {check["Name"]: check["Status"] for one in answer for check in one["Checks"] if check["ServiceID"]}


def count(one, metric):
    """Return the value of `name{label="…"}`, written as `name label`."""
    name, value = metric.split()
    (line,) = [
        text for text in one.page().decode().splitlines() if text.startswith(f"{name}{{") and f'="{value}"}}' in text
    ]
    return float(line.rpartition(" ")[2])


def passes(one, number=3):
    """Wait for so many passes over Consul."""
    for _ in range(number):
        looked_at, deadline = one._looked_at, time.monotonic() + 30
        while one._looked_at == looked_at:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_container_that_starts_is_registered_with_a_check(consul, watch, make_container, wait_until):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        containers = Containers()
        one = watch(consul.url, containers)
        containers.be(make_container(state="created"))
        containers.be(make_container(published_ports=(PublishedPort(8080, "tcp", "0.0.0.0", port),)))
        wait_until(lambda: count(one, "vigie_autodiscovery_endpoints registered") == 1)
        (found,) = requests.get(f"{consul.url}/v1/health/service/app-web", timeout=10).json()
        service = found["Service"]
        assert (service["ID"], service["Address"], service["Port"]) == (WEB, "127.0.0.1", port)
        assert service["Meta"]["instance"] == "web-1/web:8080"
        assert service["Tags"] == ["prometheus"]
        assert checks(consul, "app-web") == {"the application's port takes connections": "passing"}
    wait_until(lambda: checks(consul, "app-web") == {"the application's port takes connections": "critical"})
    assert services(consul) == {WEB}


def test_unchanged_record_is_not_written_again(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    one = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    passes(one)
    containers.be(make_container(health="healthy"), make_container("other", labels={}))
    passes(one)
    assert one._agent.writes == [("register", WEB)]
    containers.be(make_container(published_ports=(PublishedPort(8080, "tcp", "0.0.0.0", 18081),)))
    wait_until(lambda: one._agent.services()[WEB].port == 18081)
    assert one._agent.writes == [("register", WEB)] * 2


def test_host_without_labels_asks_consul_once(consul, watch, make_container, wait_until):
    containers = Containers(make_container(labels={}))
    one = watch(consul.url, containers)
    wait_until(lambda: one._seen == ())
    looked_at = one._looked_at
    for number in range(3):
        containers.be(make_container(labels={}, restart_count=number))
        time.sleep(0.5)
    assert one._looked_at == looked_at


@pytest.mark.parametrize("end_of_container", ["exit 0", "removal", "rename"])
def test_end_is_announced_and_deregistered(consul, watch, make_container, wait_until, end_of_container):
    containers = Containers(make_container())
    one = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    renamed = [make_container("new")]
    containers.be(
        *{"exit 0": [make_container(state="exited", finished_at=time.time())], "removal": [], "rename": renamed}[
            end_of_container
        ]
    )
    wait_until(lambda: WEB not in services(consul))
    assert one._agent.writes[-1] == ("deregister", WEB, {WEB: LEAVING})
    assert services(consul) == ({f"vigie:{HOST}:new:8080"} if end_of_container == "rename" else set())
    wait_until(lambda: count(one, "vigie_autodiscovery_endpoints leaving") == 0)


def test_restart_keeps_the_registration(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    one = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    for state in ("exited", "running", "restarting", "running"):
        containers.be(make_container(state=state, finished_at=time.time()))
        time.sleep(0.25)
    wait_until(lambda: one._agent.maintenance_reasons() == {})
    passes(one)
    assert services(consul) == {WEB}
    assert [write for write in one._agent.writes if write[0] == "deregister"] == []


def test_crash_stays_failing_for_its_time(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    one = watch(consul.url, containers, limits=Limits(crashed_seconds=6, check_interval_seconds=1))
    wait_until(lambda: services(consul) == {WEB})
    crashed_at = time.time()
    containers.be(make_container(state="exited", exit_code=137, finished_at=crashed_at))
    wait_until(lambda: set(checks(consul, "app-web").values()) == {"critical"}, 5)
    # Nobody listens at the port, so that the check may have failed before the end was noticed.
    wait_until(lambda: count(one, "vigie_autodiscovery_endpoints crashed") == 1, 5)
    wait_until(lambda: services(consul) == set())
    assert time.time() - crashed_at >= 6
    assert one._agent.writes[-1] == ("deregister", WEB, {WEB: LEAVING})


def test_only_what_is_ours_is_removed(consul, helper, watch, make_container, wait_until):
    mine = {OWNER: owner(HOST)}
    others = [
        Record("vigie:web-2:x:80", "app-x", "127.0.0.1", 80, (), {OWNER: owner("web-2")}, {}),
        Record(f"vigie:{HOST}:claimed:80", "app-claimed", "127.0.0.1", 80, (), {}, {}),
        Record(f"vigie:{HOST}:theirs:80", "shop", "127.0.0.1", 80, (), mine, {}),
        Record("app-by-hand", "app-by-hand", "127.0.0.1", 80, (), mine, {}),
        Record("vigie-exporter:web-1:9100", "vigie-exporter", "127.0.0.1", 9100, (), mine, {}),
    ]
    leftover = Record(f"vigie:{HOST}:gone:80", "app-gone", "127.0.0.1", 80, (), mine, {})
    for record in (*others, leftover):
        helper.register(record)
    one = watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB, *(record.id for record in others)})
    passes(one)
    assert services(consul) == {WEB, *(record.id for record in others)}
    assert helper.maintenance_reasons() == {}


def test_nothing_is_removed_before_the_containers_are_known(consul, helper, watch, make_container, wait_until):
    helper.register(Record(WEB, "app-web", "127.0.0.1", 1, (), {OWNER: owner(HOST)}, {}))
    containers = Containers(is_known=False)
    one = watch(consul.url, containers)
    time.sleep(2)
    assert services(consul) == {WEB}
    assert helper.maintenance_reasons() == {}
    containers.be(make_container())
    wait_until(lambda: helper.services()[WEB].port == 18080)
    assert [write[0] for write in one._agent.writes] == ["register"]


def test_what_a_killed_exporter_left_is_taken_over(consul, watch, make_container, wait_until):
    crashed = make_container("old", state="exited", exit_code=1, finished_at=time.time())
    first = watch(consul.url, Containers(make_container(), make_container("old")))
    wait_until(lambda: len(services(consul)) == 2)
    end(first)
    first._agent.set_maintenance(WEB, LEAVING)  # it was killed while it left
    second = watch(consul.url, Containers(make_container(), crashed))
    wait_until(lambda: first._agent.maintenance_reasons() == {})
    passes(second)
    assert services(consul) == {WEB, f"vigie:{HOST}:old:8080"}
    assert count(second, "vigie_autodiscovery_endpoints crashed") == 1
    first._agent.close()


def test_leaving_of_the_host_takes_everything_with_it(consul, watch, make_container, wait_until):
    one = watch(consul.url, Containers(make_container(), make_container("api")))
    wait_until(lambda: len(services(consul)) == 2)
    one.leave()
    assert services(consul) == set()
    marks = {WEB: LEAVING, f"vigie:{HOST}:api:8080": LEAVING}
    assert next(write[2] for write in one._agent.writes if write[0] == "deregister") == marks


def test_leaving_a_frozen_agent_ends_in_time(consul, watch, make_container, wait_until):
    one = watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB})
    consul.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        one.leave()
        assert time.monotonic() - began < 10
    finally:
        consul.signal(signal.SIGCONT)


def test_interruption_marks_what_starts_later_too(consul, watch, make_container, wait_until):
    containers = Containers(make_container())
    one = watch(consul.url, containers, mark=INTERRUPTION)
    wait_until(lambda: one._agent.maintenance_reasons() == {WEB: INTERRUPTION})
    one.host.mark = None
    wait_until(lambda: one._agent.maintenance_reasons() == {})


def test_operators_maintenance_is_left(consul, helper, watch, make_container, wait_until):
    one = watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB})
    helper.set_maintenance(WEB, "moving, ask Ann")
    passes(one)
    assert helper.maintenance_reasons() == {WEB: "moving, ask Ann"}


def test_agent_away_and_back_empty(start_consul, free_port, watch, make_container, wait_until):
    port = free_port()
    containers = Containers(make_container())
    one = watch(f"http://127.0.0.1:{port}", containers)
    wait_until(lambda: count(one, "vigie_autodiscovery_errors_total unreachable") > 1)
    assert count(one, "vigie_autodiscovery_endpoints pending") == 1
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: services(consul) == {WEB})
    consul.stop(signal.SIGKILL)
    for path in sorted((consul.folder / "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    containers.be(make_container(), make_container("api"))
    consul.start()
    wait_until(lambda: len(services(consul)) == 2)


def test_what_somebody_deregistered_comes_back(consul, watch, make_container, wait_until):
    watch(consul.url, Containers(make_container()))
    wait_until(lambda: services(consul) == {WEB})
    put(consul, f"/v1/agent/service/deregister/{WEB}")
    wait_until(lambda: services(consul) == {WEB})


def test_another_machines_agent_is_refused(start_consul, watch, make_container, wait_until):
    consul = start_consul(node_name="db-7")
    one = watch(consul.url, Containers(make_container()))
    wait_until(lambda: count(one, "vigie_autodiscovery_errors_total refused") > 0)
    assert services(consul) == set()
    watch(consul.url, Containers(make_container()), allows_foreign_agent=True)
    wait_until(lambda: services(consul) == {WEB})


def test_refusals_are_on_the_page_and_logged_once(consul, watch, make_container, wait_until, capsys):
    bad = make_container("bad", {"vigie.port": "http"})
    containers = Containers(bad, make_container())
    one = watch(consul.url, containers)
    wait_until(lambda: services(consul) == {WEB})
    containers.be(bad, make_container(), make_container("api"))
    wait_until(lambda: len(services(consul)) == 2)
    assert count(one, "vigie_autodiscovery_refused port") == 1
    assert capsys.readouterr().out.count("refused what a container asks for") == 1
    containers.be(make_container())
    wait_until(lambda: count(one, "vigie_autodiscovery_refused port") == 0)


def test_denied_service_does_not_hold_up_the_others(start_consul, watch, make_container, wait_until, tmp_path):
    root = "00000000-0000-0000-0000-000000000001"
    consul = start_consul(
        node_name=HOST, acl={"enabled": True, "default_policy": "deny", "tokens": {"master": root, "agent": root}}
    )
    session = requests.Session()
    session.headers["X-Consul-Token"] = root
    rules = 'service_prefix "app-" { policy = "write" } service "app-denied" { policy = "deny" }'
    policy = {"Name": "apps", "Rules": rules}
    session.put(f"{consul.url}/v1/acl/policy", json=policy, timeout=10).raise_for_status()
    token = session.put(f"{consul.url}/v1/acl/token", json={"Policies": [{"Name": "apps"}]}, timeout=10).json()
    (tmp_path / "token").write_text(token["SecretID"])
    containers = Containers(make_container("a", {"vigie.port": "8080", "vigie.job": "denied"}), make_container())
    one = watch(consul.url, containers, tmp_path / "token", advertise_address="127.0.0.1")

    def held():
        return set(session.get(f"{consul.url}/v1/agent/services", timeout=10).json())

    wait_until(lambda: held() == {WEB})
    wait_until(lambda: count(one, "vigie_autodiscovery_errors_total denied") > 1)
    assert 'service_prefix "app-" { policy = "write" }' in one._last_failure
    assert count(one, "vigie_autodiscovery_endpoints pending") == 1
    assert one._agent.writes.count(("register", WEB)) == 1
    second = session.put(f"{consul.url}/v1/acl/token", json={"Policies": [{"Name": "apps"}]}, timeout=10).json()
    (tmp_path / "token").write_text(second["SecretID"])
    wait_until(lambda: one._agent.writes.count(("register", WEB)) == 2, what="the takeover with the new token")
    session.close()


def test_hostile_containers_break_nothing(consul, watch, make_container, wait_until, capsys):
    labels = {"vigie.port": "8080", "vigie.label.a/b": "x", "vigie.label.job": "node", "vigie.label.big": "x" * 100_000}
    hostile = [
        make_container("evil", labels | {f"vigie.label.n{number}": "v" * 512 for number in range(500)}),
        make_container("evil2", {"vigie.port": "1,2,3", "vigie.job": "../../vigie-exporter"}),
        make_container("evil3", {"vigie.port": ",".join(map(str, range(1, 5000)))}, network_mode="host"),
        make_container(created_at=1.0),
    ]
    hostile = [msgspec.structs.replace(one, id=f"{number:064x}") for number, one in enumerate(hostile)]
    one = watch(consul.url, Containers(*hostile), limits=Limits(most_endpoints=5))
    wait_until(lambda: count(one, "vigie_autodiscovery_endpoints registered") == 5)
    assert count(one, "vigie_autodiscovery_refused too_many") == 4999 - 3
    assert {WEB, f"vigie:{HOST}:evil:8080"} < services(consul)
    assert len(one._agent.services()[f"vigie:{HOST}:evil:8080"].meta) <= 64
    refused = [line for line in capsys.readouterr().out.splitlines() if "refused what a container asks for" in line]
    assert len(refused) == 3
