"""A mail as it really arrives: our routes and template in a real Alertmanager, before a real SMTP server."""

import email
import email.policy

import pytest
import requests
from aiosmtpd.controller import Controller

from alerting.routes.reading import read_routes
from alerting.routes.receivers import Facts
from alerting.routes.render import render

pytestmark = pytest.mark.integration

ROUTES = """receivers:
  ops: {mail: {to: [ops@example.com]}}
mail_server: {smarthost: "127.0.0.1:%d", from: alerts@example.com, require_tls: false}
default: {critical: ops, warning: ops, info: nobody}
severities:
  critical: {wait: 0s, repeat: 4h}
  warning: {wait: 0s, repeat: 12h}
  info: {wait: 1m, repeat: 1d}
grouping: {by: [alertname, dc, host], interval: 1s}
"""
LABELS = {"alertname": "HostDown", "severity": "critical", "host": "web-1", "dc": "par"}
NOTES = {
    "summary": "<b>web-1</b> (par) does not answer.",
    "description": "Down.",
    "runbook_url": "http://c/runbooks/HostDown",
}


class Mailbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def mailbox(free_port):
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    box.port = server.port
    yield box
    server.stop()


@pytest.fixture
def alertmanager(mailbox, start_alertmanager, tmp_path):
    path = tmp_path / "routes.yml"
    path.write_text(ROUTES % mailbox.port)
    files = render(read_routes(path), {}, Facts((0, 25), "http://unused/"), "http://grafana:3000")
    return start_alertmanager(files.configuration, files={"vigie.tmpl": files.template})


def test_a_mail_says_what_is_wrong_and_leads_on(mailbox, alertmanager, wait_until):
    alert = {"labels": LABELS, "annotations": NOTES}
    assert requests.post(alertmanager.url + "/api/v2/alerts", json=[alert], timeout=20).ok
    wait_until(lambda: mailbox.mails, what="the mail")
    [mail] = mailbox.mails
    assert (mail["To"], mail["From"]) == ("ops@example.com", "alerts@example.com")
    assert mail["Subject"] == "CRITICAL: <b>web-1</b> (par) does not answer."
    text = mail.get_body(("plain",)).get_content()
    assert "http://c/runbooks/HostDown" in text
    assert "http://grafana:3000/d/vigie-host?var-dc=par&var-instance=web-1" in text
    assert "/#/silences/new?filter=%7Balertname%3D%22HostDown%22" in text
    html = mail.get_body(("html",)).get_content()
    assert "<b>&lt;b&gt;web-1&lt;/b&gt; (par) does not answer.</b>" in html  # labels come from outside
    assert 'href="http://grafana:3000/d/vigie-host?var-dc=par&var-instance=web-1"' in html


def test_its_end_is_told_too(mailbox, alertmanager, wait_until):
    for ends in ({}, {"endsAt": "2026-01-01T00:00:00Z", "startsAt": "2025-12-31T00:00:00Z"}):
        alert = {"labels": LABELS, "annotations": NOTES, **ends}
        count = len(mailbox.mails)
        assert requests.post(alertmanager.url + "/api/v2/alerts", json=[alert], timeout=20).ok
        wait_until(lambda count=count: len(mailbox.mails) > count, what="the mail")
    assert mailbox.mails[-1]["Subject"].startswith("RESOLVED: ")
