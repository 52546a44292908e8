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
    return add_files(plan, files.read(), PLACE, Limits(), Software(files.known, files.logins()))


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
    assert (check.server, *check.login) == (("127.0.0.1", 6379), "m", Path("/run/secret"), "d")


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
    assert files.logins() == {"cache-1": ("redis", LoginFile("", Path("/run/secret")))}
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
