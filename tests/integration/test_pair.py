"""The real chain as a pair, while members of it die and the cloud takes a machine back; at scaled periods.

One test, because the chain's start costs more than each step: what one step waits for, others use.
"""

import itertools
import signal
import statistics
import sys

import pytest
import requests

from alerting.routes.model import Heartbeat, Mail, Receiver, Team
from tests.exporter.cloud.conftest import AwsStandIn
from tests.fixtures.alerting.chain import QUICK, Chain, free_port, quick, routes, webhook
from tests.fixtures.alerting.hook import Hook
from tests.fixtures.alerting.hosts import Host
from tests.fixtures.alerting.mailbox import Mailbox

pytestmark = pytest.mark.integration

BEAT_SECONDS = 4  # longer than the pair's second one waits for the first
SPOT = "spot-1"
ENDED_SECONDS = 90  # the rule's window remembers the last `up` for a minute, and `keep_firing_for` comes after it
FLEET = 12  # three dead ones are no mass outage
TOLD = {
    "default": Team(critical="ops", warning="chat", info="nobody"),
    "heartbeat": Heartbeat(receiver="deadman", every=f"{BEAT_SECONDS}s"),
}


@pytest.fixture
def box():
    with Mailbox(free_port()) as box:
        yield box


@pytest.fixture
def chat():
    with Hook(free_port()) as hook:
        yield hook


@pytest.fixture
def deadman():
    with Hook(free_port()) as hook:
        yield hook


@pytest.fixture
def cloud():
    """Amazon's metadata service, as a stand-in."""
    cloud = AwsStandIn()
    yield cloud
    cloud.close()


@pytest.fixture
def fleet(tmp_path):
    made = [Host(f"host-{number}", tmp_path / "hosts") for number in range(FLEET)]
    yield made
    for pair in made:
        pair.close()


@pytest.fixture
def chain(tmp_path, box, chat, deadman, start_consul):
    mail = Receiver(mail=Mail(to=("ops@example.com",)))
    receivers = {"ops": mail, "chat": webhook(chat.url), "deadman": webhook(deadman.url)}
    who = quick(routes(box.port, receivers=receivers, **TOLD))
    consul = start_consul()
    with Chain(tmp_path, who, QUICK, members=2, consul_url=consul.url) as chain:
        chain.serf_port = consul.serf_port
        yield chain


class Spot:
    """A spot machine: an agent of its own, the real exporter, and the cloud that speaks to it."""

    def __init__(self, agent, exporter, cloud):
        self._programs, self._cloud = (agent, exporter), cloud

    def announce(self):
        self._cloud.meta["spot/instance-action"] = '{"action": "terminate", "time": "2030-09-18T08:22:00Z"}'

    def die(self):
        for program in self._programs:
            program.stop(signal.SIGKILL)


@pytest.fixture
def spot(chain, cloud, start_consul, start_program):
    agent = start_consul(node_name=SPOT, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{chain.serf_port}"])
    exporter = start_program(
        [sys.executable, "-m", "vigie", "exporter", f"--host-name={SPOT}", f"--consul-url={agent.url}",
         "--web.listen-address=127.0.0.1:{port}", "--cloud", f"--cloud-metadata-url={cloud.url}",
         "--cloud-poll-interval=1"],
        "/-/healthy",
    )  # fmt: skip
    return Spot(agent, exporter, cloud)


def test_nothing_is_lost_while_members_die_and_a_spot_machine_dies_unheard(
    chain, spot, fleet, box, chat, deadman, wait_until
):
    chain.register(fleet)
    wait_until(lambda: chain.up(0) == chain.up(1) == (FLEET + 1, 0), what="every host in both Prometheus servers")
    assert len({row["value"][1] for row in chain.query("alertmanager_config_hash", 1)}) == 1
    spot.announce()
    wait_until(lambda: chat.firing("SpotInterruptionImminent", host=SPOT), what="the notice")
    for number in (0, 1):  # a real notice comes two minutes before the end, not between two scrapes
        wait_until(
            lambda number=number: chain.query("vigie_spot_interruption_imminent == 1", number), what="the notice"
        )

    # The machine dies, and another one without a notice. Whoever would tell of it is killed before it can.
    fleet[0].kill()
    spot.die()
    wait_until(lambda: len(chain.alerts(1, alertname="HostDown")) == 2, what="both deaths in Alertmanager")
    chain.alertmanagers[0].stop(signal.SIGKILL)
    make_unequal(chain)
    wait_until(lambda: box.firing("host-0"), what="the mail while the first Alertmanager is dead")
    assert len(box.firing("host-0")) <= 2  # it may have died between sending and saying so

    # The other one's turn, and a Prometheus.
    chain.alertmanagers[0].start()
    chain.prometheuses[0].stop(signal.SIGKILL)
    fleet[1].kill()
    wait_until(lambda: box.firing("host-1"), what="the mail while the first Prometheus is dead")
    dead = chain.prometheuses[0].url.removeprefix("http://")
    wait_until(lambda: box.firing(f"Prometheus at {dead} does not answer its twin"), what="the twin's alert")
    wait_until(lambda: chat.firing("AlertmanagerConfigInconsistent"), what="unequal configurations")
    assert len(box.firing("host-1")) == 1

    # The target is gone, and the notice still holds back what is left of it.
    wait_until(lambda: chain.query(f'up{{instance="{SPOT}"}}', 1) == [], what="the spot machine's end as a target")
    assert chain.alerts(1, alertname="SpotInterruptionImminent", host=SPOT)
    wait_until(lambda: not chain.alerts(1, alertname="HostDown", host=SPOT), ENDED_SECONDS, what="its HostDown's end")
    assert box.firing(SPOT) == []
    assert chat.firing("TargetDown", host=SPOT) == []

    assert median_beat_seconds(deadman) < 1.5 * BEAT_SECONDS  # the heartbeat came all the while


def median_beat_seconds(deadman):
    beats = [notification.at for notification in deadman.notifications]
    return statistics.median(later - earlier for earlier, later in itertools.pairwise(beats))


def make_unequal(chain):
    """Let the second Alertmanager load a configuration that says the same in other bytes."""
    second = chain.alertmanagers[1]
    with (second.folder / "alertmanager.yml").open("a") as file:
        file.write("# changed by hand\n")
    assert requests.post(second.url + "/-/reload", timeout=20).ok
