"""`vigie alert backtest` as a person runs it, in a process of its own."""

import json

import pytest

from tests.alerting.backtest.history_blocks import STEP_SECONDS, STEPS, start_with

LIMITS = "DiskFull: [{host: a, value: 0}]\n"
# Of the 400 evaluations all but those of the first minutes have a share of free space below 60 %.
EVERY_EVALUATION = ("--limit", "DiskFull=60", "--for", "0s")


@pytest.mark.integration
def test_shows_what_would_have_fired_and_the_difference_of_another_limit(vigie, start_program, tmp_path):
    server, _ = start_with(start_program, tmp_path)
    flags = ("alert", "backtest", "--prometheus-url", server.url)
    done = vigie(*flags, "DiskFull", "--days", "1")
    assert (done.returncode, done.stderr) == (0, "")
    heading, begins, rule, *firings, totals = done.stdout.splitlines()
    assert heading.endswith("(UTC)")
    assert begins.startswith("the history begins at ")
    assert rule.startswith("DiskFull (critical, for ")
    assert all("to inbox  dc=par device=/dev/sda1" in firing for firing in firings)
    assert totals == f"1 of 1 rules would have fired, {len(firings)} times: inbox {len(firings)} times"
    shown = json.loads(vigie(*flags, *EVERY_EVALUATION, "--days", "0.1", "--json").stdout)
    [comparison] = shown["rules"]
    assert comparison["today"]["for_seconds"] > comparison["changed"]["for_seconds"] == 0
    hosts = {firing["labels"]["host"] for firing in comparison["changed"]["firings"]}
    assert hosts == {"a", "b", "c"}
    seconds = sum(firing["end"] - firing["start"] for firing in comparison["changed"]["firings"])
    assert seconds > 2 * STEPS * STEP_SECONDS
    (tmp_path / "site").mkdir()
    (tmp_path / "site/thresholds.yml").write_text(LIMITS)
    every = vigie(*flags, *EVERY_EVALUATION, "--days", "0.1").stdout
    assert "; today " in every
    assert "host=a" not in every  # it has a limit of its own
    never = vigie(*flags, "--limit", "DiskFull=0", "--days", "0.1").stdout.splitlines()
    assert "never; today " in never[1]
    assert all(line.startswith("  - ") for line in never[2:-1])
    assert never[-1] == "0 of 1 rules would have fired, 0 times"


@pytest.mark.integration
def test_all_rules_at_once(vigie, start_program, tmp_path):
    server, _ = start_with(start_program, tmp_path)
    done = vigie("alert", "backtest", "--days", "0.02", "--prometheus-url", server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.splitlines()[-1].split(" of ")[1].split()[0]) > 100


def test_a_refused_file_is_left_out_and_told(vigie, free_port, tmp_path):
    (tmp_path / "site/rules").mkdir(parents=True)
    (tmp_path / "site/rules/shop.yml").write_text("groups: [{name: x, rules: [{alert: A, expr: up, for: soon}]}]")
    done = vigie("alert", "backtest", "DiskFull", "--prometheus-url", f"http://127.0.0.1:{free_port()}")
    left_out, reason = done.stderr.splitlines()
    assert left_out.startswith("left out, because `vigie lint` finds a fault: shop.yml: file: ")
    assert "refuses connections" in reason


@pytest.mark.integration
def test_a_prometheus_without_history_is_told(vigie, start_prometheus):
    done = vigie("alert", "backtest", "DiskFull", "--prometheus-url", start_prometheus().url)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "has no history of the last 7 days" in done.stderr


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (("DiskFull",), 1, "refuses connections"),
        (("DiskFull", "--limit", "MemoryHigh=5"), 64, "expected a limit of DiskFull"),
        (("--limit", "DiskFul=5"), 64, "expected DiskFull"),
        (("--for", "5m"), 64, "--for needs the alert"),
        (("DiskFull", "--for", "soon"), 64, "expected a duration"),
    ],
)
def test_errors_are_a_sentence(vigie, free_port, flags, code, words):
    done = vigie("alert", "backtest", *flags, "--prometheus-url", f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (code, "", 1)
    assert words in done.stderr
