"""A Grafana for the tests: the stand-in, or the real one that VIGIE_GRAFANA_URL names; seen through a proxy."""

import os
from urllib.parse import quote

import pytest

from alerting.routes import desired
from alerting.routes.grafana import notices
from alerting.routes.grafana.policies import MARK
from dashboards.grafana.boards import Boards
from dashboards.grafana.client import Grafana
from dashboards.grafana.contact_points import ContactPoints
from dashboards.grafana.data_sources import PROMETHEUS, DataSources
from dashboards.grafana.folders import FOLDERS, Folders
from dashboards.grafana.message_templates import MessageTemplates
from dashboards.grafana.mute_timings import MuteTimings
from dashboards.grafana.notification_policies import NotificationPolicies
from dashboards.grafana.rule_groups import RuleGroups
from dashboards.grafana.uids import PREFIX
from tests.fixtures.grafana.proxy import Proxy
from tests.fixtures.grafana.stand_in import StandIn
from vigie.core.settings import GrafanaAccess

CONTACT_POINTS, POLICIES, MUTE_TIMINGS, TEMPLATES = (
    f"/v1/provisioning/{name}" for name in ("contact-points", "policies", "mute-timings", "templates")
)
OTHERS = {"folder": "others-folder", "datasource": "others-source", "board": "others-board", "group": "Others' rules"}
PANELS = [{"id": number, "type": "stat", "title": f"Panel {number}"} for number in (1, 2, 3)]
HOST = {"uid": "vigie-host", "title": "Host", "tags": ["vigie"], "panels": PANELS}
NO_GROUPS = {}
ADDED = {"intervalMs": 1000, "maxDataPoints": 43200}
ROUTES = """
receivers: {ops: {webhook: {url_file: FOLDER/hook}}}
default: {critical: ops, warning: ops, info: nobody}
severities: {critical: {wait: 5s, repeat: 4h}, warning: {wait: 1m, repeat: 24h}, info: {wait: 1m, repeat: 14d}}
grouping: {by: [alertname], interval: 1m}
"""


def rule(name, **changes):
    model = {**ADDED, "refId": "A", "expr": f"up{{job='{name}'}}", "instant": True, "range": False}
    query = {"refId": "A", "relativeTimeRange": {"from": 600, "to": 0}, "datasourceUid": "vigie-prometheus"}
    return {
        "uid": f"vigie-{name}",
        "title": name,
        "condition": "A",
        "data": [{**query, "model": model}],
        "for": "1m30s",
        "keep_firing_for": "0s",
        "labels": {"severity": "critical"},
        "annotations": {},
        "noDataState": "OK",
        "execErrState": "OK",
        "isPaused": False,
        **changes,
    }


GROUPS = {
    "host": {"interval": 10, "rules": [rule("a"), rule("b")]},
    "site/What? 100 % of it": {"interval": 60, "rules": [rule("c")]},
}


class Site:
    """A Grafana under test: `proxy` to reach it, `api` to look into it directly, `kinds()` of ours."""

    def __init__(self, url, access):
        self.direct = Grafana(url, access, 20)
        self.proxy = Proxy(url)
        self.access = access
        self.sessions = [self.direct]

    @property
    def api(self):
        return self.direct.api

    def kinds(self, boards=None, folders=FOLDERS, groups=NO_GROUPS):
        """Return our kinds, in order, reaching Grafana through the proxy."""
        grafana = Grafana(self.proxy.url, self.access, 20)
        self.sessions.append(grafana)
        return [
            Folders(grafana, folders),
            DataSources(grafana, "http://127.0.0.1:9090", 15),
            RuleGroups(grafana, groups),
            Boards(grafana, {HOST["uid"]: HOST} if boards is None else boards),
        ]

    def notifying(self, notices):
        """Return the resources of Grafana's notifications, in order, reaching it through the proxy."""
        grafana = Grafana(self.proxy.url, self.access, 20)
        self.sessions.append(grafana)
        return [
            MessageTemplates(grafana, notices.templates),
            MuteTimings(grafana, notices.timings),
            ContactPoints(grafana, notices.contact_points),
            NotificationPolicies(grafana, notices.policy, MARK),
        ]

    def clean_notices(self):
        """Remove ours and what the tests made for others; the tree of policies is brought back to its root."""
        api, direct = self.api, self.direct
        tree = direct.ask(api.client.GET, POLICIES)
        headers = {} if tree.get("provenance") else {"X-Disable-Provenance": "true"}
        root = {"receiver": "empty", "group_by": ["grafana_folder", "alertname"]}
        if {**tree, "provenance": None} != {**root, "provenance": None}:
            direct.ask(api.client.PUT, POLICIES, json=root, headers=headers)
        for path, key in ((CONTACT_POINTS, "uid"), (MUTE_TIMINGS, "name"), (TEMPLATES, "name")):
            for item in direct.ask(api.client.GET, path) or ():
                if item[key].startswith((PREFIX, "others-")):
                    direct.find(api.client.DELETE, f"{path}/{quote(item[key])}")

    def clean(self):
        """Remove ours and what the tests made for others."""
        api, direct = self.api, self.direct
        for rule in direct.ask(api.client.GET, "/v1/provisioning/alert-rules"):
            if rule["uid"].startswith((PREFIX, "others-")):
                direct.ask(api.client.DELETE, f"/v1/provisioning/alert-rules/{rule['uid']}")
        for board in direct.search("dash-db"):
            if board["uid"].startswith((PREFIX, "others-")):
                direct.find(api.dashboard.delete_dashboard, board["uid"])
        for uid in [PROMETHEUS, OTHERS["datasource"]]:
            direct.find(api.datasource.delete_datasource_by_uid, uid)
        for folder in [{"uid": uid} for uid in FOLDERS] + direct.search("dash-folder"):
            if folder["uid"].startswith((PREFIX, "others-")):
                direct.find(api.folder.delete_folder, folder["uid"])

    def close(self):
        for session in self.sessions:
            session.__exit__(None, None, None)
        self.proxy.stop()


@pytest.fixture
def grafana():
    real = os.environ.get("VIGIE_GRAFANA_URL")
    stand_in = None if real else StandIn()
    site = Site(real or stand_in.url, _access() if real else GrafanaAccess(token="not-a-real-token"))
    site.clean()
    yield site
    site.clean()
    site.close()
    if stand_in:
        stand_in.stop()
        assert stand_in.unknown == [], "requests that the stand-in does not know"


def _access():
    token = os.environ.get("VIGIE_GRAFANA_TOKEN")
    if token:
        return GrafanaAccess(token=token)
    return GrafanaAccess(user=os.environ["VIGIE_GRAFANA_USER"], password=os.environ["VIGIE_GRAFANA_PASSWORD"])


@pytest.fixture
def stand_in():
    server = StandIn()
    yield server
    server.stop()
    assert server.unknown == []


@pytest.fixture
def site(stand_in):
    made = Site(stand_in.url, GrafanaAccess(token="not-a-real-token"))
    yield made
    made.close()


@pytest.fixture
def told(tmp_path):
    """Return what tells people: a template, a mute timing, a contact point and policies."""
    (tmp_path / "hook").write_text("http://127.0.0.1:9/not-a-real-hook")
    (tmp_path / "routes.yml").write_text(ROUTES.replace("FOLDER", str(tmp_path)))
    return notices.make_notices(desired.load(tmp_path), "http://127.0.0.1:9/inbox", "http://127.0.0.1:3000")
