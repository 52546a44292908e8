"""Software with an endpoint of its own: what a label or a file asks for becomes a record that Prometheus can scrape."""

import pytest

from exporter.docker.container import PublishedPort
from exporter.integrations.files import IntegrationFiles
from exporter.integrations.known import Known
from exporter.registration.container_address import Place
from exporter.registration.container_labels import read_endpoints
from exporter.registration.container_plan import Limits, Plan, Software, make_plan
from exporter.registration.file_plan import add_files

MANIFEST = 'name: shopd\ntitle: Shop\nendpoint: {port: 9400, path: "/stats?all=1"}\n'
PLACE = Place("web-1", "10.0.0.5")
HERE = PLACE._replace(is_prometheus_here=True)
FILE = "integration: shopd\naddress: 10.0.0.5:9400\n"


@pytest.fixture
def known(tmp_path):
    folder = tmp_path / "own" / "shopd"
    folder.mkdir(parents=True)
    (folder / "integration.yml").write_text(MANIFEST)
    return Known(tmp_path / "own")


@pytest.fixture
def files(tmp_path, known):
    (tmp_path / "asked").mkdir()
    return IntegrationFiles(tmp_path / "asked", known)


def plan_of(files, place=PLACE):
    empty = Plan("web-1", {}, frozenset(), ())
    return add_files(empty, files.read(), place, Limits(), Software(files.known, files.of_containers()))


def test_a_label_registers_where_the_software_answers(make_container, known):
    published = (PublishedPort(9400, "tcp", "0.0.0.0", 19400),)
    labels = {"vigie.integration": "shopd", "vigie.label.team": "core"}
    container = make_container(labels=labels, published_ports=published)
    plan = make_plan({"c": container}, PLACE, Limits(), 0.0, Software(known))
    (record,) = plan.records.values()
    assert (record.service, record.address, record.port) == ("app-web", "10.0.0.5", 19400)
    expected = {"integration": "shopd", "metrics_path": "/stats?all=1", "scheme": "http", "label_team": "core"}
    assert expected.items() <= record.meta.items()
    assert record.check["tcp"] == "10.0.0.5:19400"
    assert plan.checks == {}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"vigie.path": "/app", "vigie.scheme": "https"}, (9400, "/stats?all=1", "http")),
        ({"vigie.path.9400": "/other", "vigie.scheme.9400": "https"}, (9400, "/other", "https")),
    ],
)
def test_another_path_is_said_of_the_port_alone(make_container, known, labels, expected):
    endpoints, refusals = read_endpoints(make_container(labels={"vigie.integration": "shopd", **labels}), known)
    assert [endpoint[1:4] for endpoint in endpoints] == [expected]
    assert refusals == []


@pytest.mark.parametrize(("label", "reason"), [("vigie.path.9400", "path"), ("vigie.scheme.9400", "scheme")])
def test_a_wrong_path_or_scheme_costs_the_endpoint(make_container, known, label, reason):
    endpoints, refusals = read_endpoints(make_container(labels={"vigie.integration": "shopd", label: "x"}), known)
    assert endpoints == []
    assert [refusal.reason for refusal in refusals] == [reason]


@pytest.mark.parametrize(
    ("more", "path", "scheme"),
    [("", "/stats?all=1", "http"), ("path: /queues?family=a\nscheme: https\n", "/queues?family=a", "https")],
)
def test_a_file_registers_where_the_software_answers(files, tmp_path, more, path, scheme):
    (tmp_path / "asked" / "shop.yml").write_text(FILE + "labels: {team: core}\n" + more)
    plan = plan_of(files)
    (record,) = plan.records.values()
    assert (record.id, record.address, record.port) == ("vigie:web-1:shop:9400", "10.0.0.5", 9400)
    expected = {"integration": "shopd", "metrics_path": path, "scheme": scheme, "label_team": "core"}
    assert expected.items() <= record.meta.items()
    assert plan.checks == {}


def test_loopback_is_for_a_prometheus_on_the_same_machine(files, tmp_path):
    (tmp_path / "asked" / "shop.yml").write_text(FILE.replace("10.0.0.5", "127.0.0.1"))
    elsewhere = plan_of(files)
    assert elsewhere.records == {}
    assert [refusal.reason for refusal in elsewhere.refusals] == ["unreachable"]
    assert [record.address for record in plan_of(files, HERE).records.values()] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (FILE + "password_file: /run/secret\n", "password_file: Prometheus itself asks shopd, without a login"),
        (FILE + "user: m\n", "user: Prometheus itself asks shopd"),
        ("integration: shopd\ncontainer: web\n", "container: shopd needs no login"),
        ("integration: redis\naddress: h:1\npath: /x\n", "path: redis is checked by the exporter"),
        ("integration: redis\naddress: h:1\nscheme: https\n", "scheme: redis is checked by the exporter"),
        (FILE + "path: x\n", "path"),
        (FILE + "scheme: file\n", "scheme"),
    ],
)
def test_what_would_change_nothing_is_told(files, tmp_path, capsys, text, sentence):
    (tmp_path / "asked" / "wrong.yml").write_text(text)
    assert files.read() == {}
    assert sentence in capsys.readouterr().out
