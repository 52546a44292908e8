"""A Grafana for the tests: the stand-in, or the real one that VIGIE_GRAFANA_URL names; seen through a proxy."""

import os

import pytest

from dashboards import boards
from dashboards.grafana.boards import Boards
from dashboards.grafana.client import Grafana
from dashboards.grafana.datasources import PROMETHEUS, Datasources
from dashboards.grafana.folders import FOLDERS, Folders
from tests.fixtures.grafana.proxy import Proxy
from tests.fixtures.grafana.stand_in import StandIn

OTHERS = {"folder": "others-folder", "datasource": "others-source", "board": "others-board"}


class Site:
    """A Grafana under test: `proxy` to reach it, `api` to look into it directly, `kinds()` of ours."""

    def __init__(self, url, credential):
        self.direct = Grafana(url, credential, 20)
        self.proxy = Proxy(url)
        self.credential = credential
        self.sessions = [self.direct]

    @property
    def api(self):
        return self.direct.api

    def kinds(self):
        """Return our kinds, in order, reaching Grafana through the proxy."""
        grafana = Grafana(self.proxy.url, self.credential, 20)
        self.sessions.append(grafana)
        return [
            Folders(grafana),
            Datasources(grafana, "http://127.0.0.1:9090", 15),
            # One tells as much as all of them.
            Boards(grafana, {"vigie-host": boards.load()["vigie-host"]}),
        ]

    def clean(self):
        """Remove ours and what the tests made for others."""
        for uid in [*boards.load(), OTHERS["board"]]:
            self.direct.find(self.api.dashboard.delete_dashboard, uid)
        for uid in [PROMETHEUS, OTHERS["datasource"]]:
            self.direct.find(self.api.datasource.delete_datasource_by_uid, uid)
        for uid in [*FOLDERS, OTHERS["folder"]]:
            self.direct.find(self.api.folder.delete_folder, uid)

    def close(self):
        for session in self.sessions:
            session.__exit__(None, None, None)
        self.proxy.stop()


@pytest.fixture
def grafana():
    real = os.environ.get("VIGIE_GRAFANA_URL")
    stand_in = None if real else StandIn()
    site = Site(real or stand_in.url, _credential() if real else "not-a-real-token")
    site.clean()
    yield site
    site.clean()
    site.close()
    if stand_in:
        stand_in.stop()
        assert stand_in.unknown == [], "requests that the stand-in does not know"


def _credential():
    token = os.environ.get("VIGIE_GRAFANA_TOKEN")
    return token or (os.environ["VIGIE_GRAFANA_USER"], os.environ["VIGIE_GRAFANA_PASSWORD"])
