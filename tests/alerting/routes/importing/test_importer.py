"""An existing `alertmanager.yml` becomes routes of ours: by amtool the same receivers hear, and no secret is shown."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alerting.routes.importing import importer
from alerting.routes.importing.importer import import_file
from alerting.routes.importing.samples import make_samples
from alerting.routes.importing.secrets import ALWAYS_INLINE, FILES, extract
from alerting.routes.importing.translation import list_matchers, translate
from vigie.core.errors import UsageProblemError
from vigie.reconcile.masking import mask
from vigie.stack.servers import find

SECRET = "not-a-real-secret"
EXISTING = f"""
global: {{slack_api_url: "https://hooks.example/{SECRET}", smtp_smarthost: "mail:25", smtp_from: a@example.org}}
templates: ["own/*.tmpl"]
route:
  receiver: everybody
  group_by: [alertname, cluster]
  repeat_interval: 1w
  routes:
  - match: {{team: "db"}}
    receiver: db
    routes:
    - {{matchers: ['severity=~"critical|page"', env!=dev], receiver: db pager/night, continue: true}}
    - {{match_re: {{severity: "warn.*"}}, receiver: 'null', mute_time_intervals: [nights]}}
  - {{matchers: ['{{service="shop",area=~"eu-.+"}}'], receiver: shop, active_time_intervals: [nights]}}
  - {{match: {{alertname: Watchdog}}, receiver: 'null'}}
mute_time_intervals: [{{name: nights, time_intervals: [{{times: [{{start_time: "00:00", end_time: "06:00"}}]}}]}}]
inhibit_rules:
- {{source_match: {{severity: critical}}, target_match_re: {{severity: "warn.*"}}, equal: [alertname]}}
receivers:
- name: everybody
  email_configs: [{{to: ops@example.org}}]
- name: db
  slack_configs: [{{channel: "#db"}}]
  webhook_configs: [{{url: "https://x.example", http_config: {{basic_auth: {{username: a, password: {SECRET}}}}}}}]
- name: db pager/night
  pagerduty_configs: [{{routing_key: {SECRET}}}]
- name: shop
  sns_configs: [{{topic_arn: "arn:x", sigv4: {{region: eu-west-1, access_key: a, secret_key: {SECRET}}}}}]
- name: 'null'
"""


@pytest.fixture
def existing(tmp_path):
    path = tmp_path / "alertmanager.yml"
    path.write_text(EXISTING)
    return path


@pytest.fixture
def run(tmp_path, existing):
    """Return `run(*flags)`: what `vigie routes import` says, in a folder of its own."""
    find("amtool")  # the command itself fetches nothing

    def run(*flags):
        command = [sys.executable, "-m", "vigie", "routes", "import", str(existing), "--samples", "40", *flags]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)

    return run


@pytest.mark.integration
def test_the_same_receivers_hear_and_the_secrets_are_in_files_of_their_own(run, tmp_path):
    done = run("--secrets-dir", "secrets")
    assert done.returncode == 0, done.stderr
    routes = tmp_path / "site" / "routes.yml"
    assert "5 receivers; up to 40 label sets reach the same ones as before" in done.stdout
    assert "secret still in" in done.stdout, "an AWS key has no file"
    assert SECRET not in done.stdout + done.stderr
    moved = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert moved["receivers.db-pager-night.pagerduty_configs.1.routing_key"] == SECRET
    assert moved["receivers.db.webhook_configs.1.http_config.basic_auth.password"] == SECRET
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert stat.S_IMODE(routes.stat().st_mode) == 0o600, "it still holds one"
    assert routes.read_text().count(SECRET) == 1


@pytest.mark.integration
def test_what_is_there_stays_unless_told_otherwise(run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "routes.yml").write_text("mine")
    done = run()
    assert (done.returncode, (tmp_path / "site" / "routes.yml").read_text()) == (UsageProblemError.exit_code, "mine")
    assert "expected --overwrite" in done.stderr
    assert run("--overwrite").returncode == 0


@pytest.mark.integration
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("route:", "rout:", "expected a configuration of Alertmanager, with `route` and `receivers`"),
        ("receiver: shop", "receiver: nowhere", 'undefined receiver "nowhere" used in route'),
        ("env!=dev", "env!dev", "matcher 'env!dev': expected name=value"),
        ("receivers:", "receivers: {", "expected a readable YAML file"),
    ],
)
def test_what_is_no_configuration_is_told_and_writes_nothing(run, existing, tmp_path, before, after, words):
    existing.write_text(EXISTING.replace(before, after, 1))
    done = run()
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "site").exists()


def test_an_alert_that_would_reach_others_is_named(existing, monkeypatch):
    """What the proof finds is what it says; here the answers are made up."""
    monkeypatch.setattr(importer.amtool, "check_config", lambda *_: None)
    monkeypatch.setattr(importer.amtool, "receivers", lambda _, file, __: ("a",) if file == existing else ("b",))
    imported = import_file(existing, None, (0, 25))
    differences = list(importer.find_differences(existing, existing, imported, (0, 25), 3, lambda _: None))
    assert [(difference.before, difference.after) for difference in differences] == [(("a",), ("b",))] * 3


def test_templates_lie_where_the_file_lay(existing):
    text = import_file(existing, None, (0, 25)).text
    assert yaml.safe_load(text)["raw"]["templates"] == [f"{existing.parent}/own/*.tmpl"]


def test_old_words_become_matchers():
    route = {"match": {"a": 'x"y\\z'}, "match_re": {"b": "c|d"}, "matchers": ['{e="f,g",h!~"i"}', "j = k"]}
    assert list_matchers(route) == ['e="f,g"', 'h!~"i"', "j = k", 'a="x\\"y\\\\z"', 'b=~"c|d"']
    old = {"source_match": {"a": "b"}, "target_match_re": {"c": "d.*"}, "equal": ["e"]}
    document = {"route": {"receiver": "r"}, "receivers": [{"name": "r"}], "inhibit_rules": [old]}
    expected = {"source_matchers": ['a="b"'], "target_matchers": ['c=~"d.*"'], "equal": ["e"]}
    assert translate(document, Path("/"))["raw"]["inhibit_rules"] == [expected]


def test_what_newer_versions_have_is_kept():
    document = {"route": {"receiver": "r", "labels": {"a": "b"}}, "receivers": [{"name": "r"}], "tracing": {"x": 1}}
    translated = translate(document, Path("/"))
    assert translated["routes"][0]["raw"] == {"labels": {"a": "b"}}
    assert translated["raw"]["further"] == {"tracing": {"x": 1}}


def test_a_version_that_reads_no_file_keeps_the_secret_in_place():
    document = {"receivers": [{"name": "t", "telegram_configs": [{"bot_token": SECRET, "chat_id": 1}]}]}
    old, new = (extract(document, Path("/s"), version) for version in ((0, 25), (0, 26)))
    assert (old.files, old.left) == ({}, ["receivers.t.telegram_configs.1.bot_token"])
    assert (new.files, new.left) == ({"receivers.t.telegram_configs.1.bot_token": SECRET}, [])
    assert new.document["receivers"][0]["telegram_configs"][0]["chat_id"] == 1


def test_samples_take_every_way_and_are_the_same_each_time():
    root = yaml.safe_load(EXISTING)["route"]
    samples = make_samples(root, 200)
    assert samples == make_samples(root, 200)
    assert len({tuple(sorted(labels.items())) for labels in samples}) == len(samples) == 200
    assert {"service": "shop", "area": "eu-x"} in samples
    assert any(labels.get("team") == "db" and labels.get("severity") == "page" for labels in samples)
    assert any(labels.get("severity") == "warnx" for labels in samples)


@pytest.mark.parametrize("name", sorted({key for keys in FILES.values() for key in keys} | ALWAYS_INLINE))
def test_what_is_a_secret_here_is_hidden_in_plans_too(name):
    assert SECRET not in mask(f"{name}: {SECRET}")
