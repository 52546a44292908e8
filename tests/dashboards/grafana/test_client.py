"""The way to a Grafana: TLS, pairs, credentials, and what its refusals become."""

import ssl
from pathlib import Path

import pytest

from dashboards.grafana.client import connect
from tests.fixtures.grafana.stand_in import StandIn
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import GrafanaAccess

KEYS = Path(__file__).parents[2] / "fixtures" / "tls"
TOKEN = "not-a-real-token"


@pytest.fixture
def stand_in():
    servers = []

    def stand_in(context=None):
        servers.append(StandIn(context))
        return servers[-1]

    yield stand_in
    for server in servers:
        server.stop()


@pytest.fixture
def over_tls(stand_in):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(KEYS / "server.pem", KEYS / "server-key.pem")
    return stand_in(context)


def access(*urls, **settings):
    return GrafanaAccess(url=urls, **settings)


def boards(access, timeout_seconds=20):
    with connect(access, timeout_seconds) as grafana:
        return grafana.search("dash-db")


def test_tls_with_an_authority_of_ones_own(over_tls):
    assert boards(access(over_tls.url, token=TOKEN, ca_file=KEYS / "authority.pem")) == []


@pytest.mark.parametrize("ca_file", [None, KEYS / "stranger.pem"])
def test_a_certificate_that_nobody_vouches_for_is_said_and_not_tried_again(over_tls, ca_file):
    with pytest.raises(ProblemError, match="set --grafana-ca-file") as caught:
        boards(access(over_tls.url, token=TOKEN, ca_file=ca_file))
    assert type(caught.value) is ProblemError


def test_a_missing_authority_is_bad_usage(tmp_path):
    with pytest.raises(UsageProblemError, match=r"grafana_ca_file: .*nowhere.pem: expected a PEM file"):
        connect(access("https://x", token=TOKEN, ca_file=tmp_path / "nowhere.pem"), 5)


def test_of_a_pair_the_first_that_answers_is_taken(stand_in, free_port):
    first, second = stand_in(), stand_in()
    second.state.save_dashboard({"dashboard": {"uid": "second", "title": "Second"}})
    assert boards(access(first.url, second.url, token=TOKEN)) == []
    gone = f"http://127.0.0.1:{free_port()}"
    assert [board["uid"] for board in boards(access(gone, second.url, token=TOKEN))] == ["second"]
    first.is_away = True
    assert [board["uid"] for board in boards(access(first.url, second.url, token=TOKEN))] == ["second"]


def test_a_user_with_a_password_will_do(stand_in):
    server = stand_in()
    assert boards(access(server.url, user="admin", password="not-a-real-password")) == []
    with pytest.raises(ProblemError, match=r"401.*role Viewer"):
        boards(access(server.url))
    with pytest.raises(UsageProblemError, match="expected grafana_user and grafana_password_file together"):
        boards(access(server.url, user="admin"))


def test_more_than_a_page_of_boards_is_read_whole(stand_in, monkeypatch):
    monkeypatch.setattr("dashboards.grafana.client.PAGE_SIZE", 3)
    server = stand_in()
    for number in range(7):
        server.state.save_dashboard({"dashboard": {"uid": f"b{number}", "title": f"B {number}"}})
    assert len({board["uid"] for board in boards(access(server.url, token=TOKEN))}) == 7


def test_a_folder_that_is_missing_is_forbidden_to_a_viewer(stand_in, monkeypatch):
    server = stand_in()
    forbidden = type(server.state.health())(403, {"message": "You'll need additional permissions", "title": "x"})
    monkeypatch.setattr(server.state, "get_folder", lambda _uid: forbidden)
    with connect(access(server.url, token=TOKEN), 20) as grafana:
        assert grafana.find_visible(grafana.api.folder.get_folder, "vigie-boards") is None
        with pytest.raises(ProblemError, match=r"403.*role Viewer"):
            grafana.find(grafana.api.folder.get_folder, "vigie-boards")
