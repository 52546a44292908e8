"""The commands as a person runs them, in a process of their own."""

import functools
import json

import pytest
from click.testing import CliRunner

from vigie.core.builtin import ROOT
from vigie.core.integrations.catalogue import read_catalogue
from vigie.provision import checks
from vigie.provision.command import provision
from vigie.reconcile.problem import Problem

TOKEN = "not-a-real-secret-token"


@pytest.fixture
def vigie(vigie):
    """The command, told which integrations are used: no Prometheus runs here that could be asked."""
    return functools.partial(vigie, VIGIE_PROVISION_INTEGRATIONS=",".join(read_catalogue().integrations))


def test_plan_and_apply_against_grafana(vigie, grafana):
    flags = ("--grafana", "--grafana-url", grafana.url, "--prometheus-url", "http://127.0.0.1:9090")
    plan = vigie("provision", "plan", *flags, VIGIE_GRAFANA_TOKEN=TOKEN)
    assert plan.returncode == 2, plan.stderr
    assert "  + vigie-host\n" in plan.stdout
    assert grafana.state.dashboards == {}
    first = vigie("provision", "apply", *flags, VIGIE_GRAFANA_TOKEN=TOKEN)
    assert (first.returncode, first.stderr) == (0, "")
    assert "boards: vigie-host: created" in first.stdout.splitlines()
    second = vigie("provision", "apply", *flags, "--json", VIGIE_GRAFANA_TOKEN=TOKEN)
    assert (second.returncode, json.loads(second.stdout)) == (0, {"results": [], "problems": []})
    again = vigie("provision", "plan", *flags, "--json", VIGIE_GRAFANA_TOKEN=TOKEN)
    assert again.returncode == 0
    assert {change["action"] for change in json.loads(again.stdout)["changes"]} == {"unchanged"}


def test_grafana_tells_people_where_there_is_no_alertmanager(vigie, grafana, tmp_path):
    (tmp_path / "site").mkdir()
    routes = (ROOT / "alerting" / "routes.yml").read_text()
    chat = "receivers:\n  chat: {slack: {channel: '#ops', url_file: chat-url}}\n"
    (tmp_path / "site" / "routes.yml").write_text(routes.replace("receivers:\n", chat, 1))
    (tmp_path / "chat-url").write_text("http://127.0.0.1:9/not-a-real-secret")
    flags = ("--grafana", "--grafana-url", grafana.url, "--evaluator", "grafana", "--notifier", "grafana")
    first = vigie("provision", "apply", *flags, VIGIE_GRAFANA_TOKEN=TOKEN)
    assert (first.returncode, first.stderr) == (0, "")
    assert "notification policies: vigie: created" in first.stdout.splitlines()
    assert "not-a-real-secret" not in first.stdout
    rules = [rule for group in grafana.state.groups.values() for rule in group["rules"]]
    assert {rule["labels"]["routes"] for rule in rules} == {"vigie"}
    assert vigie("provision", "drift", *flags, VIGIE_GRAFANA_TOKEN=TOKEN).returncode == 0
    back = vigie("provision", "prune", "--max-delete", "100", *flags[:3], VIGIE_GRAFANA_TOKEN=TOKEN)
    assert back.returncode == 0, back.stdout + back.stderr
    assert grafana.state.contact_points == grafana.state.timings == grafana.state.templates == {}


def test_never_shows_the_token(vigie, grafana, free_port):
    flags = (
        "provision",
        "plan",
        "--grafana",
        "--log-level",
        "debug",
        "--attempts",
        "2",
        "--first-retry-backoff",
        "0.01",
    )
    for url in (grafana.url, f"http://127.0.0.1:{free_port()}", grafana.url + "/nowhere"):
        done = vigie(*flags, "--grafana-url", url, VIGIE_GRAFANA_TOKEN=TOKEN)
        assert TOKEN not in done.stdout + done.stderr
    grafana.unknown.clear()  # /nowhere


def test_a_failed_apply_exits_with_1(vigie, grafana):
    grafana.state.create_datasource(
        {"uid": "others", "name": "vigie-prometheus", "type": "prometheus", "access": "proxy"}
    )
    done = vigie("provision", "apply", "--grafana", "--grafana-url", grafana.url, VIGIE_GRAFANA_TOKEN=TOKEN)
    assert done.returncode == 1
    assert "data sources: vigie-prometheus: failed: Grafana at 127.0.0.1" in done.stdout
    assert "409: data source with the same name already exists" in done.stdout
    assert "rule groups: grafana: skipped: data sources failed" in done.stdout
    assert "boards: vigie-host: created" in done.stdout


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), "expected --grafana, --local, or both"),
        (("--local",), "--local needs --rules-dir"),
        (("--grafana", "--grafana-url", "http://x:1", "--notifier", "grafana"), "needs evaluator grafana"),
        (("--local", "--rules-dir", ".", "--prometheus-url", "http://a,http://b"), "exactly one --prometheus-url"),
        (("--grafana",), "expected --grafana-url (or VIGIE_GRAFANA_URL)"),
        (("--grafana", "--grafana-url", "localhost:3000"), "expected a URL like http://HOST:PORT"),
        (
            ("--grafana", "--grafana-url", "http://x:1", "--datasource-url", "http://u:p@x"),
            "the data source's URL holds credentials",
        ),
        (("--local", "--rules-dir", ".", "--runbook-base-url", "runbooks"), "expected an http(s) URL"),
    ],
)
def test_bad_usage_exits_with_64(vigie, flags, words):
    done = vigie("provision", "apply", *flags)
    assert done.returncode == 64
    assert words in done.stderr


def test_an_unreachable_server_is_one_sentence(vigie, tmp_path, free_port):
    url = f"http://127.0.0.1:{free_port()}"
    flags = ("--local", "--rules-dir", str(tmp_path), "--prometheus-url", url, "--attempts", "1")
    done = vigie("provision", "apply", *flags)
    assert done.returncode == 1
    assert done.stderr.startswith("vigie: Prometheus at 127.0.0.1")
    assert len(done.stderr.splitlines()) == 1


def test_sends_nothing_that_the_linter_refuses(grafana, monkeypatch):
    monkeypatch.setattr(checks, "find_problems", lambda *_, **__: [Problem("some.yml", "Down", "for is missing")])
    flags = ["apply", "--grafana", "--grafana-url", grafana.url]
    done = CliRunner().invoke(provision, flags, env={"VIGIE_GRAFANA_TOKEN": TOKEN})
    assert "some.yml: Down: for is missing" in str(done.exception)
    assert (grafana.state.folders, grafana.state.dashboards) == ({}, {})


@pytest.mark.parametrize("verb", ["plan", "drift", "apply", "prune"])
def test_json_says_why_a_target_has_no_plan(vigie, verb):
    flags = ("--grafana", "--grafana-url", "http://127.0.0.1:9", "--attempts", "1", "--json")
    done = vigie("provision", verb, *flags, VIGIE_GRAFANA_TOKEN=TOKEN)
    assert done.returncode == 1
    [problem] = json.loads(done.stdout)["problems"]
    assert "refuses connections" in problem
    assert problem in done.stderr


def test_drift_prune_and_what_was_overwritten(vigie, grafana, tmp_path):
    flags = ("--grafana", "--grafana-url", grafana.url)
    secrets = {"VIGIE_GRAFANA_TOKEN": TOKEN}
    assert vigie("provision", "apply", *flags, **secrets).returncode == 0
    assert vigie("provision", "drift", *flags, **secrets).returncode == 0
    grafana.state.dashboards["vigie-host"]["board"]["title"] = "Changed by hand"
    grafana.state.dashboards["vigie-old"] = {"id": 7, "version": 1, "folderUid": "", "title": "Old", "board": {}}
    drift = vigie("provision", "drift", *flags, **secrets)
    assert drift.returncode == 2
    assert "  - vigie-old\n" in drift.stdout
    assert drift.stdout.splitlines()[-1] == "0 to create, 1 to update, 0 unchanged, 1 to delete"
    none = vigie("provision", "prune", *flags, "--max-delete", "0", **secrets)
    assert none.returncode == 1
    assert "nothing was deleted: 1 objects (1 boards)" in none.stderr
    dry = vigie("provision", "prune", *flags, "--dry-run", **secrets)
    assert (dry.returncode, dry.stdout) == (2, "boards\n  - vigie-old\n1 to delete\n")
    assert "vigie-old" in grafana.state.dashboards
    done = vigie("provision", "prune", *flags, **secrets)
    assert (done.returncode, done.stdout) == (0, "boards: vigie-old: deleted\n")
    assert vigie("provision", "apply", *flags, **secrets).stdout == "boards: vigie-host: updated\n"
    kept = {
        path.name: json.loads(path.read_text()) for path in (tmp_path / ".local/state/vigie/backups").rglob("*.json")
    }
    assert kept.keys() == {"grafana.boards.vigie-old.json", "grafana.boards.vigie-host.json"}
    assert kept["grafana.boards.vigie-host.json"]["dashboard"]["title"] == "Changed by hand"
    assert vigie("provision", "drift", *flags, **secrets).returncode == 0
