"""Members of the pair are killed in mid-incident, again and again, and a whole fleet at once. Run by `make chaos`."""

import random
import signal
import time

import pytest

from tests.fixtures.alerting.chain import QUICK, Chain, free_port, quick, routes
from tests.fixtures.alerting.hosts import Host
from tests.fixtures.alerting.mailbox import Mailbox

pytestmark = pytest.mark.integration

SECOND_ONE_SECONDS = 5  # the second one waits for three, at this pace, and may then tell it again
MOMENT_SECONDS = 2  # a group waits one: half of the members die before they would have told, half after
FLEET = 12


@pytest.fixture
def box():
    with Mailbox(free_port()) as box:
        yield box


@pytest.fixture
def fleet(tmp_path):
    made = [Host(f"host-{number:02}", tmp_path / "hosts") for number in range(FLEET)]
    yield made
    for chain in made:
        chain.close()


@pytest.fixture
def chain(tmp_path, box, fleet, wait_until):
    with Chain(tmp_path, quick(routes(box.port)), QUICK, members=2) as chain:
        chain.register(fleet)
        wait_until(lambda: chain.up(0) == chain.up(1) == (FLEET, 0))
        yield chain


@pytest.mark.parametrize("kind", ["alertmanager", "prometheus"])
def test_every_alert_is_delivered_while_members_are_killed(chain, fleet, box, wait_until, rounds, kind):
    chance, members = random.Random(8), {"alertmanager": chain.alertmanagers, "prometheus": chain.prometheuses}[kind]
    duplicates = []
    for number in range(rounds):
        host, dead = fleet[number % FLEET], chance.randrange(2)
        before = len(box.firing(host.name))
        host.kill()
        wait_until(lambda host=host, alive=1 - dead: is_firing(chain, alive, host), what="the incident")
        time.sleep(chance.uniform(0, MOMENT_SECONDS))
        members[dead].stop(signal.SIGKILL)
        wait_until(
            lambda host=host, before=before: len(box.firing(host.name)) > before, what=f"the mail of {host.name}"
        )
        time.sleep(SECOND_ONE_SECONDS)
        duplicates.append(len(box.firing(host.name)) - before - 1)
        members[dead].start()
        host.start()
        wait_until(
            lambda host=host: not any(is_firing(chain, number, host) for number in (0, 1)), what="the incident's end"
        )
    print(f"{rounds} times {kind} was killed: every alert was delivered, {sum(duplicates)} twice")  # noqa: T201 - the count
    assert max(duplicates) <= 1


def test_a_mass_outage_is_one_mail_and_no_host_is_forgotten(chain, fleet, box, wait_until, rounds):
    for host in fleet[1:]:
        host.kill()
    wait_until(lambda: len(chain.alerts(alertname="HostDown")) == FLEET - 1, what="an alert for each host")
    wait_until(lambda: box.firing("% of the job node"), what="the one mail")
    assert {host["status"]["state"] for host in chain.alerts(alertname="HostDown")} == {"suppressed"}
    for number in range(rounds):  # who restarts has forgotten what holds the others back
        chain.alertmanagers[number % 2].stop(signal.SIGKILL)
        chain.alertmanagers[number % 2].start()
        wait_until(lambda number=number: len(chain.alerts(number % 2, alertname="HostDown")) == FLEET - 1)
        time.sleep(SECOND_ONE_SECONDS)
    for host in fleet[2:]:
        host.start()
    wait_until(lambda: box.firing("host-01 (dc1) does not answer"), what="the mail of who stayed away")
    assert len([host for host in box.firing() if "no target of the job" not in host.subject]) == 2  # as at every start


def is_firing(chain, number, host):
    return bool(chain.alerts(number, alertname="HostDown", host=host.name))
