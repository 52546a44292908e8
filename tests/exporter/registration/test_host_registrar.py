"""The life of a registration, against a real Consul agent."""

import signal
import socket
import time

import pytest
import requests

from exporter.registration.agent import Agent
from exporter.registration.host_registrar import Announcer, Timing
from exporter.registration.record import INTERRUPTION, LEAVING, OWNER, SERVICE, Announcement, Record, owner

pytestmark = pytest.mark.integration
HOST = "web-1"


@pytest.fixture
def consul(start_consul):
    return start_consul(node_name=HOST)


@pytest.fixture
def announce():
    started = []

    def announce(url, token_file=None, tls=None, **changes):
        wanted = Announcement(HOST, "127.0.0.1", 9100, check_interval_seconds=1)._replace(**changes)
        timing = Timing(watch_seconds=1, retry_seconds=0.5, confirm_seconds=1, leave_window_seconds=0.1)
        one = Announcer(Agent(url, token_file, 1, tls), wanted, timing)
        started.append(one)
        one.start()
        return one

    yield announce
    for one in started:
        one.leave()


def catalog(consul):
    answer = requests.get(f"{consul.url}/v1/health/service/{SERVICE}", timeout=10)
    return answer.json() if answer.ok else []


def ports(consul):
    return [one["Service"]["Port"] for one in catalog(consul)]


def state(one):
    (line,) = [
        line
        for line in one.page().decode().splitlines()
        if line.startswith("vigie_registration_state{") and line.endswith(" 1")
    ]
    return line.split('"')[1]


def marks(consul):
    return [check["Notes"] for one in catalog(consul) for check in one["Checks"] if check["Type"] == "maintenance"]


def put(consul, path):
    requests.put(consul.url + path, timeout=10).raise_for_status()


def test_registers_by_contract_and_says_so(consul, announce, wait_until):
    one = announce(consul.url, labels=("team=core",))
    wait_until(lambda: b'state="registered"} 1' in one.page())
    (found,) = catalog(consul)
    service = found["Service"]
    assert (service["ID"], service["Address"], service["Port"]) == (f"vigie-exporter:{HOST}:9100", "127.0.0.1", 9100)
    assert service["Tags"] == ["prometheus"]
    assert (service["Meta"]["instance"], service["Meta"]["label_team"]) == (HOST, "core")


def test_leaving_is_announced_before_it_happens(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: catalog(consul))
    seen = []
    deregister = one._agent.deregister
    one._agent.deregister = lambda service_id: (seen.append(marks(consul)), deregister(service_id))
    one.leave()
    assert seen == [[LEAVING]]
    assert catalog(consul) == []
    assert b'state="left"} 1' in one.page()


def test_lost_registration_is_made_again(consul, announce, wait_until):
    announce(consul.url)
    wait_until(lambda: catalog(consul))
    put(consul, f"/v1/agent/service/deregister/vigie-exporter:{HOST}:9100")
    wait_until(lambda: catalog(consul))


def test_agent_that_comes_back_empty_gets_us_back(start_consul, announce, wait_until):
    consul = start_consul(node_name=HOST)
    announce(consul.url)
    wait_until(lambda: catalog(consul))
    consul.stop(9)
    for path in sorted((consul.folder / "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    consul.start()
    wait_until(lambda: catalog(consul))


def test_own_mark_of_an_earlier_run_is_cleared(consul, announce, wait_until):
    first = announce(consul.url)
    wait_until(lambda: catalog(consul))
    first._agent.set_maintenance(first._id, LEAVING)
    assert marks(consul) == [LEAVING]
    announce(consul.url)
    wait_until(lambda: marks(consul) == [])


def test_other_peoples_maintenance_is_left(consul, announce, wait_until):
    first = announce(consul.url)
    wait_until(lambda: catalog(consul))
    first._agent.set_maintenance(first._id, "disk swap, ask Ann")
    second = announce(consul.url)
    wait_until(lambda: b'state="registered"} 1' in second.page())
    assert marks(consul) == ["disk swap, ask Ann"]


def test_agent_away_at_the_start(start_consul, free_port, announce, wait_until):
    port = free_port()
    one = announce(f"http://127.0.0.1:{port}")
    wait_until(lambda: b'state="failed"} 1' in one.page() and one._errors["unreachable"] > 1)
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: catalog(consul))


def test_another_machines_agent_is_refused(start_consul, announce, wait_until):
    consul = start_consul(node_name="db-7")
    one = announce(consul.url)
    wait_until(lambda: "this host is 'web-1'" in one._last_failure)
    assert catalog(consul) == []
    announce(consul.url, allows_foreign_agent=True)
    wait_until(lambda: catalog(consul))


def test_facts_that_come_later_are_registered_at_once(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: state(one) == "registered")
    one.set_facts({"lifecycle": "spot", "instance": "claimed"})
    meta = catalog(consul)[0]["Service"]["Meta"]
    assert (meta["lifecycle"], meta["instance"]) == ("spot", HOST)
    wait_until(lambda: state(one) == "registered")


def test_facts_known_before_the_agent_answers(start_consul, free_port, announce, wait_until):
    port = free_port()
    one = announce(f"http://127.0.0.1:{port}")
    one.set_facts({"cloud": "aws"})
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: catalog(consul))
    assert catalog(consul)[0]["Service"]["Meta"]["cloud"] == "aws"


def test_interruption_marks_all_that_is_ours_and_nothing_else(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: state(one) == "registered")
    for name, holder in (("app-ours", owner(HOST)), ("app-theirs", owner("web-2"))):
        one._agent.register(Record(name, "app-x", "127.0.0.1", 1, (), {OWNER: holder}, {}))
    one.set_mark(INTERRUPTION)
    expected = {f"vigie-exporter:{HOST}:9100": INTERRUPTION, "app-ours": INTERRUPTION}
    assert one._agent.maintenance_reasons() == expected
    put(consul, f"/v1/agent/service/deregister/vigie-exporter:{HOST}:9100")
    wait_until(lambda: one._agent.maintenance_reasons() == expected, what="the mark on the service registered anew")
    one.set_mark(None)
    assert one._agent.maintenance_reasons() == {}


def test_leaving_after_an_interruption_is_announced_as_leaving(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: catalog(consul))
    one.set_mark(INTERRUPTION)
    assert marks(consul) == [INTERRUPTION]
    seen = []
    deregister = one._agent.deregister
    one._agent.deregister = lambda service_id: (seen.append(marks(consul)), deregister(service_id))
    one.leave()
    assert seen == [[LEAVING]]


def test_interruption_leaves_other_peoples_maintenance(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: catalog(consul))
    one._agent.set_maintenance(one._id, "disk swap, ask Ann")
    one.set_mark(INTERRUPTION)
    one.set_mark(None)
    assert marks(consul) == ["disk swap, ask Ann"]


def test_killed_exporter_at_another_port_is_cleared(consul, announce, wait_until, free_port):
    dead, theirs = free_port(), free_port()
    helper = Agent(consul.url)
    meta = {OWNER: owner(HOST), "instance": HOST}
    helper.register(Record("dead", SERVICE, "127.0.0.1", dead, (), meta, {}))
    helper.register(Record("theirs", SERVICE, "127.0.0.1", theirs, (), {"instance": HOST}, {}))
    helper.register(Record("other", "app-x", "127.0.0.1", dead, (), meta, {}))
    with socket.create_server(("127.0.0.1", 0)) as alive:
        helper.register(Record("alive", SERVICE, "127.0.0.1", alive.getsockname()[1], (), meta, {}))
        one = announce(consul.url)
        wait_until(lambda: dead not in ports(consul) and state(one) == "registered")
        assert set(helper.services()) == {"theirs", "other", "alive", one._id}
    helper.close()


def test_ttl_check_is_kept_passing_and_fails_when_we_hang(consul, announce, wait_until):
    one = announce(consul.url, check="ttl")
    wait_until(lambda: state(one) == "registered")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # longer than the TTL of three beats
        (check,) = [check for check in catalog(consul)[0]["Checks"] if check["ServiceID"]]
        assert (check["Type"], check["Status"]) == ("ttl", "passing")
        time.sleep(0.5)
    one._agent.pass_check = lambda _: None
    wait_until(lambda: [check for check in catalog(consul)[0]["Checks"] if check["Status"] == "critical"])


def test_agent_that_restarts_with_its_data_keeps_us(start_consul, announce, wait_until):
    consul = start_consul(node_name=HOST)
    one = announce(consul.url)
    wait_until(lambda: state(one) == "registered")
    consul.stop(signal.SIGKILL)
    wait_until(lambda: state(one) == "failed")
    consul.start()
    wait_until(lambda: state(one) == "registered")
    assert ports(consul) == [9100]


def test_frozen_agent_fails_us_until_it_thaws(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: state(one) == "registered")
    consul.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: state(one) == "failed" and one._errors["timeout"])
    finally:
        consul.signal(signal.SIGCONT)
    wait_until(lambda: state(one) == "registered")


def test_leaving_a_frozen_agent_ends_in_time(consul, announce, wait_until):
    one = announce(consul.url)
    wait_until(lambda: state(one) == "registered")
    consul.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        one.leave()
        assert time.monotonic() - began < 10
    finally:
        consul.signal(signal.SIGCONT)
    assert state(one) != "left"


def test_servers_without_leader_leave_us_unconfirmed(start_consul, announce, wait_until):
    server = start_consul(node_name="server")
    agent = start_consul(node_name=HOST, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{server.serf_port}"])
    one = announce(agent.url)
    wait_until(lambda: state(one) == "registered")
    server.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: state(one) == "unconfirmed")
    finally:
        server.signal(signal.SIGCONT)
    wait_until(lambda: state(one) == "registered")


def test_entry_of_an_earlier_agent_of_our_name_confirms_nothing(start_consul, announce, wait_until):
    """An agent that lost its node ID is refused by the servers, which go on showing what it said before."""
    server = start_consul(node_name="server")
    agent = start_consul(node_name=HOST, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{server.serf_port}"])
    one = announce(agent.url)
    wait_until(lambda: state(one) == "registered")
    agent.stop(signal.SIGKILL)
    for path in sorted((agent.folder / "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    agent.start()
    wait_until(lambda: state(one) == "unconfirmed" and not one._last_failure, what="an answer without us")
    assert ports(server) == [9100]
