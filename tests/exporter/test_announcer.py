"""The life of a registration, against a real Consul agent."""

import pytest
import requests

from exporter.agent import Agent
from exporter.announcer import Announcer
from exporter.registration import LEAVING, SERVICE, Announcement

pytestmark = pytest.mark.integration
HOST = "web-1"


@pytest.fixture
def consul(start_consul):
    return start_consul(node_name=HOST)


@pytest.fixture
def announce():
    started = []

    def announce(url, **changes):
        wanted = Announcement(HOST, "127.0.0.1", 9100)._replace(**changes)
        one = Announcer(Agent(url, watch_seconds=1), wanted, retry_seconds=0.5)
        started.append(one)
        one.start()
        return one

    yield announce
    for one in started:
        one.leave(0)


def catalog(consul):
    answer = requests.get(f"{consul.url}/v1/health/service/{SERVICE}", timeout=10)
    return answer.json() if answer.ok else []


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
    one.leave(0.1)
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
    wait_until(lambda: b'state="failed"} 1' in one.page() and one._errors > 1)
    consul = start_consul(port=port, node_name=HOST)
    wait_until(lambda: catalog(consul))


def test_another_machines_agent_is_refused(start_consul, announce, wait_until):
    consul = start_consul(node_name="db-7")
    one = announce(consul.url)
    wait_until(lambda: "this host is 'web-1'" in one._last_failure)
    assert catalog(consul) == []
    announce(consul.url, allows_foreign_agent=True)
    wait_until(lambda: catalog(consul))
