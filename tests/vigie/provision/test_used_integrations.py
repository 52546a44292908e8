"""Rules and boards of integrations are delivered where one is used, and stay where nobody can tell."""

import pytest
import requests
from structlog.testing import capture_logs

from alerting.declarations.rules import Rules
from dashboards.declarations.boards import Boards
from tests.fixtures.metrics_page import serving
from vigie.core.errors import UsageProblemError
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.settings import ServerAccess
from vigie.provision import keep_going, used_integrations
from vigie.provision.drift_watch import DriftWatch
from vigie.provision.session import begin
from vigie.provision.used_integrations import narrow
from vigie.reconcile.declaration import DesiredSettings, Inputs
from vigie.stack.servers import find

FILE, BOARD = "vigie-integration-redis.yml", "vigie-integration-redis"
EVERY = tuple(read_catalogue().integrations)
CONFIGURATION = """
rule_files: ['{{folder}}/rules/*.yml']
scrape_configs:
  - job_name: app-cache
    scrape_interval: 1s
    static_configs: [{{targets: ["127.0.0.1:{port}"], labels: {{integration: {name}}}}}]
"""


def serve(body):
    """A stand-in for Prometheus, which answers each query so."""
    return serving(lambda _path: (200, body.encode()))


def result(*names):
    """The answer of a Prometheus that scrapes these and a host, which no integration is."""
    labels = ["{}", *(f'{{"integration": "{name}"}}' for name in names)]
    series = ",".join(f'{{"metric": {each}, "value": [1, "1"]}}' for each in labels)
    return f'{{"status": "success", "data": {{"resultType": "vector", "result": [{series}]}}}}'


def ask(*urls, **inputs):
    return narrow(Inputs(**inputs), ServerAccess(url=urls), 5.0)


def test_what_no_target_has_is_not_delivered():
    with serve(result()) as port:
        inputs = ask(f"http://127.0.0.1:{port}")
    assert FILE not in Rules().rule_files(inputs)
    assert "vigie-integration.yml" in Rules().rule_files(inputs)
    assert BOARD not in Boards().grafana_objects(inputs)["boards"]
    assert not inputs.hold.objects


def test_what_a_target_has_is_delivered_also_when_only_one_prometheus_of_a_pair_has_it():
    with serve(result()) as port, serve(result("redis", "elsewhere")) as other:
        inputs = ask(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{other}")
    assert FILE in Rules().rule_files(inputs)
    assert BOARD in Boards().grafana_objects(inputs)["boards"]


@pytest.mark.parametrize(
    "body",
    [
        *(None, "{}", "[]", '{"status": "success", "data": []}', "no JSON"),
        '{"status": "success", "data": {"resultType": "vector", "result": []}}',
        result().replace("{", '{"warnings": ["a store does not answer"], ', 1),
        result().replace("{", '{"isPartial": true, ', 1),
    ],
)
def test_where_prometheus_does_not_say_what_is_there_stays(body, free_port):
    if body is None:
        inputs = ask(f"http://127.0.0.1:{free_port()}")
    else:
        with serve(body) as port:
            inputs = ask(f"http://127.0.0.1:{port}")
    assert FILE not in Rules().rule_files(inputs)
    for resource, key in (("rule files", FILE), ("rule groups", "integration-redis/redis"), ("boards", BOARD)):
        assert inputs.hold.covers(resource, key)
    assert not inputs.hold.covers("rule files", "vigie-integration.yml")


def test_why_what_is_there_stays_is_told_once(free_port):
    gone = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    with capture_logs() as logs:
        ask(*gone)
    assert [entry["event"] for entry in logs] == ["integrations stay as they were delivered"]
    assert all(url.rpartition("/")[2] in logs[0]["error"] for url in gone)


def test_an_answer_with_no_warnings_and_not_partial_is_whole():
    with serve(result("redis").replace("{", '{"warnings": [], "isPartial": false, ', 1)) as port:
        assert ask(f"http://127.0.0.1:{port}").integrations == {"redis"}


def test_drift_asks_once_a_look(tmp_path, monkeypatch):
    asked = []

    def narrow(inputs, *_):
        asked.append(1)
        return inputs._replace(integrations=frozenset({"redis"}))

    monkeypatch.setattr(used_integrations, "narrow", narrow)
    monkeypatch.setattr(keep_going, "hold_back", lambda inputs, _: keep_going.HeldBack(inputs, ()))
    session = begin({"site": tmp_path}, grafana=False, local=True, keeps_going=True)
    watched = DriftWatch(session)
    assert watched._judge().inputs.integrations == {"redis"}
    assert len(asked) == 1
    watched._judge()
    assert len(asked) == 2


def test_the_settings_and_the_site_folder_name_more(tmp_path, free_port):
    inputs = ask(f"http://127.0.0.1:{free_port()}", settings=DesiredSettings(integrations=EVERY))
    assert FILE in Rules().rule_files(inputs)
    assert not inputs.hold.objects
    folder = tmp_path / "integrations" / "shopd"
    folder.mkdir(parents=True)
    (folder / "integration.yml").write_text("name: shopd\ntitle: Shop\nendpoint: {port: 9400}\n")
    with serve(result()) as port:
        assert ask(f"http://127.0.0.1:{port}", site=tmp_path).integrations == {"shopd"}


def test_a_setting_that_names_none_is_refused():
    with pytest.raises(UsageProblemError, match=r"integrations: 'rediss' is none: expected of .*redis"):
        ask("http://127.0.0.1:1", settings=DesiredSettings(integrations=("rediss",)))


@pytest.mark.integration
def test_from_a_target_to_the_rules_of_a_real_prometheus_and_pruned_without_it(
    vigie, start_prometheus, wait_until, monkeypatch
):
    monkeypatch.setenv("PATH", str(find("promtool").path.parent), prepend=":")
    with serve("redis_up 1\n") as port:
        used = start_prometheus(CONFIGURATION.format(port=port, name="redis"))
        other = start_prometheus(CONFIGURATION.format(port=port, name="none-of-ours"))
        rules = used.folder / "rules"
        rules.mkdir()
        (other.folder / "rules").mkdir()

        def are_scraped():
            urls = [f"{server.url}/api/v1/query?query=up" for server in (used, other)]
            return all(requests.get(url, timeout=10).json()["data"]["result"] for url in urls)

        wait_until(are_scraped, what="the first scrape")
        for server, is_there in ((used, True), (other, False)):
            flags = ("--local", "--rules-dir", str(server.folder / "rules"), "--prometheus-url", server.url)
            done = vigie("provision", "apply", *flags)
            assert done.returncode == 0, done.stdout + done.stderr
            assert (server.folder / "rules" / FILE).exists() == is_there
        (other.folder / "rules" / FILE).write_text((rules / FILE).read_text())
        assert vigie("provision", "apply", *flags).returncode == 0
        assert (other.folder / "rules" / FILE).exists()
        assert vigie("provision", "prune", *flags).returncode == 0
        assert not (other.folder / "rules" / FILE).exists()
