"""Which host is meant, which steps are skipped, and how it is shown: pure."""

import io
import json

import pytest
from rich.console import Console

from vigie.core.errors import UsageProblemError
from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor import diagnosis, show
from vigie.doctor.findings import hosts
from vigie.doctor.findings.facts import Alertmanager, Consul, Matcher, Readings, Registration, Route, Silence
from vigie.doctor.findings.verdict import DiagnosisInput, Step, failed, ok, skipped
from vigie.doctor.step_registry import find_steps
from vigie.doctor.steps import route

AWAY = FetchFailure("refused")


def registration(dc, name, port=9100):
    return Registration((dc, name), f"vigie-exporter:{name}:{port}", "10.0.0.1", port, {}, ("prometheus",), ())


def readings(*registrations, nodes=(), datacenters=("dc1",)):
    consul = Consul(
        has_leader=True,
        datacenters=datacenters,
        unread={},
        filtered=frozenset(),
        nodes=frozenset(nodes),
        registrations={entry.host: (entry,) for entry in registrations},
    )
    return Readings(0.0, ("http://consul", consul), {}, {}, {}, None, None, ())


def given(name="web-1"):
    return DiagnosisInput(("dc1", name), readings(), (), None)


def step(name, verdict, *needs):
    return Step(f"title of {name}", lambda _: verdict, (), needs, name)


def test_what_relies_on_a_broken_link_is_skipped_however_far():
    steps = [
        step("a", ok()),
        step("b", failed("cause", "remedy"), "a"),
        step("c", ok(), "b"),
        step("d", ok(), "c"),
        step("e", ok(), "a"),
    ]
    verdicts = {finding.step: finding.verdict for finding in diagnosis.run(steps, given())}
    assert [verdict.state for verdict in verdicts.values()] == ["ok", "failed", "skipped", "skipped", "ok"]
    assert verdicts["d"].says == "because of: title of b"


def test_what_skips_itself_breaks_nothing():
    findings = list(diagnosis.run([step("a", skipped("no Grafana")), step("b", ok(), "a")], given()))
    assert [finding.verdict.state for finding in findings] == ["skipped", "ok"]


def test_a_name_in_several_datacenters_must_be_told_apart():
    read = readings(registration("fra", "web-1"), registration("par", "web-1"), datacenters=("par", "fra"))
    with pytest.raises(UsageProblemError, match="web-1 is a host in fra, par: say which by --dc"):
        hosts.choose(read, "web-1", None)
    assert hosts.choose(read, "web-1", "fra") == ("fra", "web-1")
    assert hosts.choose(read, "db-1", None) == ("par", "db-1")


def test_where_the_exporter_is():
    read = readings(registration("dc1", "web-1", 9200))
    assert hosts.page_url(read, ("dc1", "web-1")) == "http://10.0.0.1:9200/metrics"
    assert hosts.page_url(read, ("dc1", "db-1")) == "http://db-1:9100/metrics"


def test_nodes_without_an_exporter_are_no_hosts_of_all():
    read = readings(registration("dc1", "web-1"), nodes=[("dc1", "web-1"), ("dc1", "consul-1")])
    assert hosts.hosts_with_exporter(read) == {("dc1", "web-1")}
    assert hosts.all_hosts(read) == {("dc1", "web-1"), ("dc1", "consul-1")}


@pytest.mark.parametrize(
    ("matcher", "matches"),
    [
        (Matcher("host", "web-1"), True),
        (Matcher("host", "web-.", is_regex=True), True),
        (Matcher("host", "web", is_regex=True), False),
        (Matcher("team", "", is_equal=True), True),
        (Matcher("dc", "dc1", is_equal=False), False),
        (Matcher("host", "(", is_regex=True), False),
    ],
)
def test_a_silence_matches_as_alertmanagers_do(matcher, matches):
    assert matcher.matches(given().labels()) is matches


def test_a_silenced_host_is_told_and_no_fault():
    silence = Silence((Matcher("host", "web-1"),), "2026-11-24T13:18:00Z", "ops", "new disk")
    alertmanager = Alertmanager("0.25.0", "", frozenset({"inbox"}), (silence,), reload_is_good=True, cluster="ready")
    inputs = given()._replace(
        readings=readings()._replace(alertmanager={"a": alertmanager}),
        find_routes=lambda: (Route("HostDown", ("inbox",)),),
    )
    assert route.judge(inputs) == ok("HostDown to inbox; silenced until 2026-11-24T13:18 UTC by ops: new disk")


def test_labels_of_the_registration_never_are_those_of_the_contract():
    meta = {"label_team": "core", "label_job": "mine", "label___x": "y", "label_empty": "", "version": "1"}
    inputs = given()._replace(registrations=(registration("dc1", "web-1")._replace(meta=meta),))
    assert inputs.labels() == {"team": "core", "job": "node", "instance": "web-1", "host": "web-1", "dc": "dc1"}


@pytest.fixture
def broken():
    steps = [step("a", ok("fine")), step("b", failed("a <cause> [red]\x1b[31m", "a remedy")), step("c", ok(), "b")]
    return diagnosis.Diagnosis(("dc1", "web-1"), tuple(diagnosis.run(steps, given())))


def printed(function, *arguments):
    text = io.StringIO()
    function(Console(file=text, width=80), *arguments)
    return text.getvalue()


def test_a_pipe_gets_words_and_whole_lines(broken):
    text = printed(show.print_one, broken)
    assert "  ok      title of a  fine\n" in text
    assert "  FAILED  title of b  a <cause> [red] [31m\n      → a remedy\n" in text
    assert "\x1b" not in text
    assert text.endswith("broken at: title of b\n")


def test_all_hosts_take_a_line_each(broken):
    well = diagnosis.Diagnosis(("dc1", "web-2"), ())
    text = printed(show.print_all, [broken, well])
    assert text == "✗ web-1  dc1  title of b: a <cause> [red] [31m\n1 of 2 hosts are ok\n"


def test_json_names_the_first_broken_step(broken):
    (document,) = json.loads(show.as_json([broken]))
    assert (document["host"], document["dc"], document["broken"]) == ("web-1", "dc1", "b")
    assert [entry["state"] for entry in document["steps"]] == ["ok", "failed", "skipped"]
    assert document["steps"][1]["remedy"] == "a remedy"


def test_with_every_server_away_each_step_has_its_own_verdict():
    away = Readings(0.0, ("c", AWAY), {"d": AWAY}, {"p": AWAY}, {"a": AWAY}, None, None, ())
    inputs = DiagnosisInput(("", "web-1"), away, (), None)
    states = {each.step: each.verdict.state for each in diagnosis.run(find_steps(), inputs)}
    assert {name for name, state in states.items() if state == "failed"} == {
        "consul",
        "discovery",
        "prometheus",
        "alertmanager",
    }  # fmt: skip - a line
