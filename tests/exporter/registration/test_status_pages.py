"""A check that asks a status page: where a container's labels, and a file about the container, say that it is."""

from pathlib import Path

import pytest

from exporter.docker.container import PublishedPort
from exporter.integrations.files import IntegrationFiles
from exporter.integrations.known import Known
from exporter.registration.container_address import Place
from exporter.registration.container_plan import Limits, Software, make_plan

MANIFEST = "name: webd\ntitle: Web\ncheck: {port: 8080, path: /status, scheme: http}\n"
PLACE = Place("web-1", "10.0.0.5", port=9100)
FILE = "integration: webd\ncontainer: web\nuser: m\npath: /locked\nserver_name: a.example.org\nca_file: /run/ca.pem\n"


@pytest.fixture
def known(tmp_path):
    folder = tmp_path / "own" / "webd"
    folder.mkdir(parents=True)
    (folder / "check.py").touch()
    (folder / "integration.yml").write_text(MANIFEST)
    return Known(tmp_path / "own")


@pytest.fixture
def plan_of(make_container, known):
    def plan_of(labels, asked):
        published = (PublishedPort(8080, "tcp", "0.0.0.0", 18080),)
        container = make_container(labels={"vigie.integration": "webd", **labels}, published_ports=published)
        return make_plan({"c": container}, PLACE, Limits(), 0.0, Software(known, asked))

    return plan_of


@pytest.mark.parametrize(
    ("labels", "path", "scheme"),
    [
        ({}, "/status", "http"),
        ({"vigie.path": "/app", "vigie.scheme": "https"}, "/status", "http"),
        ({"vigie.path.8080": "/other", "vigie.scheme.8080": "https"}, "/other", "https"),
    ],
)
def test_labels_of_the_port_say_where_it_is(plan_of, labels, path, scheme):
    plan = plan_of(labels, {})
    (check,) = plan.checks.values()
    assert check.server[2:] == (path, scheme, "", None)
    (record,) = plan.records.values()
    assert (record.address, record.port) == ("10.0.0.5", 9100)
    assert record.meta["metrics_path"] == f"/integrations/{check.name}"


@pytest.mark.parametrize(("label", "reason"), [("vigie.path.8080", "path"), ("vigie.scheme.8080", "scheme")])
def test_a_wrong_label_costs_the_check(plan_of, label, reason):
    plan = plan_of({label: "x"}, {})
    assert plan.checks == {}
    assert [refusal.reason for refusal in plan.refusals] == [reason]


def test_a_file_says_more_of_a_container_s_page(plan_of, known, tmp_path):
    (tmp_path / "web.yml").write_text(FILE)
    files = IntegrationFiles(tmp_path, known)
    files.read()
    (check,) = plan_of({"vigie.scheme.8080": "https"}, files.of_containers()).checks.values()
    assert check.server[2:] == ("/locked", "https", "a.example.org", Path("/run/ca.pem"))
    assert check.login.user == "m"


def test_a_file_of_another_integration_says_nothing(plan_of, known, tmp_path):
    (tmp_path / "web.yml").write_text("integration: redis\ncontainer: web\nuser: m\n")
    files = IntegrationFiles(tmp_path, known)
    files.read()
    (check,) = plan_of({}, files.of_containers()).checks.values()
    assert (check.server.path, check.login.user) == ("/status", "")
