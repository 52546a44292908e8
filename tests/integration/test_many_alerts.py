"""Many alerts at once: few messages, none lost."""

import pytest

from alerting.routes.model import Mail, Receiver, Team
from alerting.routes.receivers import Facts
from alerting.routes.render import render
from tests.fixtures.alerting.chain import QUICK_INTERVAL_SECONDS, free_port, quick, routes, webhook
from tests.fixtures.alerting.flood import NAME, Flood, arrivals, most
from tests.fixtures.alerting.hook import Hook
from tests.fixtures.alerting.mailbox import Mailbox

pytestmark = pytest.mark.integration

MAIL = Receiver(mail=Mail(to=("ops@example.com",)))


@pytest.fixture
def box():
    with Mailbox(free_port()) as box:
        yield box


@pytest.fixture
def hook():
    with Hook(free_port()) as hook:
        yield hook


def test_2000_alerts_are_one_message_a_group_receiver_and_interval(start_alertmanager, box, hook, wait_until):
    told = {"receivers": {"ops": MAIL, "chat": webhook(hook.url)}, "default": Team(critical=("ops", "chat"))}
    made = render(quick(routes(box.port, **told)), {}, Facts((0, 25), "http://unused/"), "http://g")
    alertmanager = start_alertmanager(made.configuration, files={"vigie.tmpl": made.template})
    flood = Flood(hosts=25, each=80)
    began = flood.pour(alertmanager.url, over_seconds=2.5 * QUICK_INTERVAL_SECONDS)

    def alerts_told():
        return {(alert["labels"]["host"], alert["labels"]["name"]) for alert in hook.firing(NAME)}

    wait_until(lambda: len(alerts_told()) == flood.count, what="every alert in the webhook")
    wait_until(lambda: len(box.firing(f"{flood.each}x")) == flood.hosts, what="a mail with all alerts of each host")
    times = arrivals(flood, box, hook)
    assert len(times) == 2 * flood.hosts
    assert all(len(each) <= most(each, began, QUICK_INTERVAL_SECONDS) for each in times.values()), times
