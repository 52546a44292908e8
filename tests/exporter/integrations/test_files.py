from pathlib import Path

import pytest

from exporter.integrations.files import IntegrationFiles
from exporter.integrations.known import Known
from exporter.integrations.targets import LoginFile
from exporter.registration.container_address import Place
from exporter.registration.container_plan import Limits, Plan, Software
from exporter.registration.file_plan import add_files, keep_containers
from exporter.registration.record import Record

GOOD = "integration: redis\naddress: 127.0.0.1:6379\n"
PLACE = Place("web-1", "10.0.0.5", port=9100, scheme="https")


def said(capsys):
    """Return what was logged."""
    return capsys.readouterr().out


@pytest.fixture
def files(tmp_path):
    return IntegrationFiles(tmp_path, Known())


def plan_of(files, *, containers=()):
    held = Record("", "", "", 0, (), {}, {})
    plan = Plan("web-1", {f"vigie:web-1:{name}": held for name in containers}, frozenset(), ())
    return add_files(plan, files.read(), PLACE, Limits(), Software(files.known, files.of_containers()))


def test_what_is_asked_is_registered_at_the_exporter(files, tmp_path):
    (tmp_path / "cache.yml").write_text(
        GOOD + "labels: {team: shop, job: x}\npassword_file: /run/secret\nuser: m\ndatabase: d\n"
    )
    plan = plan_of(files)
    (record,) = plan.records.values()
    assert (record.id, record.service) == ("vigie:web-1:cache:6379", "app-cache")
    assert (record.address, record.port) == ("10.0.0.5", 9100)
    assert record.check["tcp"] == "127.0.0.1:6379"
    assert record.meta["metrics_path"] == "/integrations/cache:6379"
    assert (record.meta["scheme"], record.meta["integration"]) == ("https", "redis")
    assert record.meta["label_team"] == "shop"
    assert "label_job" not in record.meta
    assert [refusal.reason for refusal in plan.refusals] == ["label"]
    check = plan.checks["cache:6379"]
    assert (check.server[:2], *check.login) == (("127.0.0.1", 6379), "m", Path("/run/secret"), "d")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("integration: [", "expected a readable YAML file"),
        ("integration: redis\n", "expected either address: HOST:PORT or container: NAME"),
        (GOOD + "container: c\n", "expected either address"),
        ("integration: redis\naddress: nowhere\n", "'nowhere': expected HOST:PORT"),
        ("integration: redis\naddress: h:0\n", "expected HOST:PORT"),
        ("integration: redis\naddress: http://127.0.0.1:9121\n", "'http://127.0.0.1:9121': expected HOST:PORT"),
        ("integration: reddis\naddress: h:1\n", "'reddis' is unknown: expected one of "),
        (GOOD + "pasword_file: x\n", "pasword_file"),
        (GOOD + GOOD, "is there twice"),
        ("", "Expected `object`"),
    ],
)
def test_a_bad_file_is_told_and_the_others_count(files, tmp_path, capsys, text, sentence):
    (tmp_path / "good.yml").write_text(GOOD)
    (tmp_path / "wrong.yml").write_text(text)
    assert list(files.read()) == ["good"]
    logged = said(capsys)
    assert "wrong.yml" in logged
    assert sentence in logged


def test_a_file_that_breaks_keeps_its_last_good_content(files, tmp_path):
    path = tmp_path / "cache.yml"
    path.write_text(GOOD)
    before = files.read()
    path.write_text("integration: [")
    assert files.read() == before
    path.unlink()
    assert files.read() == {}


def test_a_file_gives_a_container_its_login(files, tmp_path):
    (tmp_path / "cache.yml").write_text("integration: redis\ncontainer: cache-1\npassword_file: /run/secret\n")
    files.read()
    assert {name: asked.login for name, asked in files.of_containers().items()} == {
        "cache-1": LoginFile("", Path("/run/secret"))
    }
    assert plan_of(files).records == {}


def test_a_container_of_the_same_name_wins(files, tmp_path):
    (tmp_path / "cache.yml").write_text(GOOD)
    plan = plan_of(files, containers=["cache:6379"])
    assert plan.checks == {}
    assert [refusal.reason for refusal in plan.refusals] == ["unreachable"]


def test_without_a_daemon_files_leave_and_containers_stay(files, tmp_path):
    (tmp_path / "cache.yml").write_text(GOOD)
    held = plan_of(files).records
    (of_file,) = held.values()
    of_container = of_file._replace(id="vigie:web-1:web:80", meta={})
    plan = keep_containers(Plan("web-1", {}, frozenset(), ()), {**held, of_container.id: of_container})
    assert plan.keeps(of_container.id)
    assert not plan.keeps(of_file.id)


def test_the_login_is_read_each_time(tmp_path):
    path = tmp_path / "password"
    login = LoginFile("m", path)
    path.write_text("first\n")
    assert login.read() == ("m", "first", "")
    path.write_text("second\n")
    assert login.read() == ("m", "second", "")


WEB = "integration: webd\naddress: 127.0.0.1:8080\n"


@pytest.fixture
def web_files(tmp_path):
    """Return files beside an integration whose check asks a status page."""
    folder = tmp_path / "own" / "webd"
    folder.mkdir(parents=True)
    (folder / "check.py").touch()
    (folder / "integration.yml").write_text("name: webd\ntitle: Web\ncheck: {port: 80, path: /status, scheme: http}\n")
    return IntegrationFiles(tmp_path, Known(tmp_path / "own"))


@pytest.mark.parametrize(
    ("more", "server"),
    [
        ("", ("127.0.0.1", 8080, "/status", "http", "", None)),
        (
            "path: /x?auto\nscheme: https\nserver_name: a.example.org\nca_file: /run/ca.pem\n",
            ("127.0.0.1", 8080, "/x?auto", "https", "a.example.org", Path("/run/ca.pem")),
        ),
    ],
)
def test_a_status_page_is_where_the_manifest_or_the_file_says(web_files, tmp_path, more, server):
    (tmp_path / "web.yml").write_text(WEB + more)
    (check,) = plan_of(web_files).checks.values()
    assert check.server == server


@pytest.mark.parametrize("more", ["server_name: x\n", "ca_file: /x\n", "scheme: https\n", "path: /x\n"])
def test_what_a_check_without_a_page_does_not_ask_for_is_told(files, tmp_path, capsys, more):
    (tmp_path / "cache.yml").write_text(GOOD + more)
    assert files.read() == {}
    assert f"{more.partition(':')[0]}: redis is checked by the exporter" in said(capsys)


def test_a_unix_socket_is_an_address(files, tmp_path):
    (tmp_path / "cache.yml").write_text("integration: redis\naddress: /run/redis/redis.sock\n")
    plan = plan_of(files)
    (record,) = plan.records.values()
    assert (record.id, record.meta["instance"]) == ("vigie:web-1:cache:socket", "web-1/cache:socket")
    assert record.check["tcp"] == "10.0.0.5:9100", "Consul asks no socket, so it asks the exporter"
    assert plan.checks["cache:socket"].server[:2] == ("/run/redis/redis.sock", 0)


@pytest.mark.parametrize("address", ["/run/" + "x" * 110, "/run/a b.sock", "/"])
def test_what_can_be_no_socket_is_told(files, tmp_path, capsys, address):
    (tmp_path / "cache.yml").write_text(f"integration: redis\naddress: {address}\n")
    assert files.read() == {}
    assert "or the path of a unix socket" in said(capsys)
