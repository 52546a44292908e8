"""Many alerts at once on the real chain: few messages, none lost."""

import pytest
from msgspec.structs import replace

from alerting.routes.model import Mail, Receiver, Team
from alerting.routes.receivers import Facts
from alerting.routes.render import render
from tests.fixtures.alerting.chain import QUICK, Chain, free_port, routes, webhook
from tests.fixtures.alerting.flood import NAME, Flood, arrivals, most
from tests.fixtures.alerting.hook import Hook
from tests.fixtures.alerting.hosts import Host
from tests.fixtures.alerting.mailbox import Mailbox

pytestmark = pytest.mark.integration

INTERVAL_SECONDS = 3
MAIL = Receiver(mail=Mail(to=("ops@example.com",)))


def quick(shipped):
    """Return routes with a shorter interval."""
    return replace(shipped, grouping=replace(shipped.grouping, interval=f"{INTERVAL_SECONDS}s"))


@pytest.fixture
def box():
    with Mailbox(free_port()) as box:
        yield box


@pytest.fixture
def hook():
    with Hook(free_port()) as hook:
        yield hook


@pytest.fixture
def fleet(tmp_path):
    made = [Host(f"host-{number}", tmp_path / "hosts") for number in range(12)]
    yield made
    for one in made:
        one.close()


def test_2000_alerts_are_one_message_a_group_receiver_and_interval(start_alertmanager, box, hook, wait_until):
    told = {"receivers": {"ops": MAIL, "chat": webhook(hook.url)}, "default": Team(critical=("ops", "chat"))}
    made = render(quick(routes(box.port, **told)), {}, Facts((0, 25), "http://unused/"), "http://g")
    alertmanager = start_alertmanager(made.configuration, files={"vigie.tmpl": made.template})
    flood = Flood(hosts=50, each=40)
    began = flood.pour(alertmanager.url, over_seconds=2.5 * INTERVAL_SECONDS)

    def alerts_told():
        return {(one["labels"]["host"], one["labels"]["name"]) for one in hook.firing(NAME)}

    wait_until(lambda: len(alerts_told()) == flood.count, what="every alert in the webhook")
    wait_until(lambda: len(box.firing(f"{flood.each}x")) == flood.hosts, what="a mail with all alerts of each host")
    found = arrivals(flood, box, hook)
    assert len(found) == 2 * flood.hosts
    assert all(len(each) <= most(each, began, INTERVAL_SECONDS) for each in found.values()), found


def test_a_mass_outage_is_one_mail_and_no_host_is_forgotten(tmp_path, box, fleet, wait_until):
    with Chain(tmp_path, quick(routes(box.port)), QUICK) as chain:
        chain.register(fleet)
        wait_until(lambda: chain.up() == (12, 0))
        for one in fleet[:11]:
            one.kill()
        wait_until(lambda: len(chain.alerts(alertname="HostDown")) == 11, what="an alert for each host")
        wait_until(lambda: box.firing("% of the job node"), what="the one mail")
        assert {one["status"]["state"] for one in chain.alerts(alertname="HostDown")} == {"suppressed"}
        for one in fleet[:10]:
            one.start()
        wait_until(lambda: box.firing("host-10 (dc1) does not answer"), what="the mail of who stayed away")
        assert len(box.firing()) == 2
