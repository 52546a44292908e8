"""Settings are taken over as a whole or refused as a whole, at the start and while running."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from discovery.configuration import build_options
from discovery.settings import Settings
from vigie.core.errors import UsageProblemError
from vigie.core.settings import fields

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "discovery.md"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"select": "tag = x"}, "discovery.select: 'tag = x': can't read '= x'"),
        ({"health": ("web=fine",)}, "discovery.health: 'web=fine': expected JOB=HEALTH"),
        ({"health": ("passing",)}, "discovery.health: 'passing'"),
        ({"allowed_networks": ("10.0.0.0/33",)}, "discovery.allowed_networks: '10.0.0.0/33'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(settings, message):
    with pytest.raises(UsageProblemError) as caught:
        build_options(Settings(**settings))
    assert str(caught.value).startswith(message)
    assert "expected" in str(caught.value)


def test_each_setting_is_documented_with_its_help():
    rows = DOCUMENT.read_text().splitlines()
    documented = {tuple(row.replace("\\|", "¦").split(" | ")[::2]) for row in rows if row.startswith("| `--")}
    assert documented == {
        (f"| `{field.flag}`", f"{field.help} |".replace("any|not-maintenance|passing", "any¦not-maintenance¦passing"))
        for field in fields(Settings)
    }


@pytest.mark.integration
def test_settings_are_read_again_on_change_and_on_sighup_and_wrong_ones_change_nothing(
    consul, catalog, start_bridge, wait_until, tmp_path
):
    file = tmp_path / "vigie.yml"
    file.write_text("discovery: {select: tag == prometheus}\n")
    bridge = start_bridge(consul.url, f"--config={file}")
    for number in range(12):
        catalog.register("web", number, Meta={"tier": "gold" if number < 2 else "lead"})
        catalog.register("api", number)
    wait_until(lambda: [len(bridge.ids(job) or ()) for job in ("web", "api")] == [12, 12])

    file.write_text("discovery: {select: meta.tier == gold}\n")  # noticed; goes at once, beyond any budget
    wait_until(lambda: bridge.ids("web") == ["web-0", "web-1"])
    wait_until(lambda: bridge.groups("api") == [])
    assert bridge.metric("vigie_discovery_held_targets") == 0

    file.write_text("discovery: {select: meta.tier == lead, health: [web=unheard-of]}\n")
    bridge.running.signal(signal.SIGHUP)
    wait_until(lambda: bridge.metric("vigie_discovery_config_valid") == 0)
    assert bridge.ids("web") == ["web-0", "web-1"]
    assert "web=unheard-of" in bridge.running.log_text()

    file.write_text("discovery: {select: tag == prometheus, sweep_interval: 5m1s}\n")
    wait_until(lambda: bridge.metric("vigie_discovery_config_valid") == 1)
    wait_until(lambda: [len(bridge.ids(job) or ()) for job in ("web", "api")] == [12, 12])
    wait_until(lambda: "these settings need a restart" in bridge.running.log_text())


@pytest.mark.integration
def test_selection_and_the_health_of_a_job_decide_what_is_a_target(consul, catalog, start_bridge, wait_until):
    select = '(tag == metrics or meta.scrape == "yes") and node_meta.stage != test and dc == dc1'
    bridge = start_bridge(consul.url, f"--select={select}", "--health=web=passing", "--health=api=not-maintenance")
    for job in ("web", "api", "db"):
        for number, status in enumerate(["passing", "warning", "critical"]):
            catalog.row(job, number, status, Tags=["metrics"])
    catalog.row("db", 3, Tags=[], Meta={"scrape": "yes"})
    catalog.row("db", 4)
    catalog.put(
        "/v1/catalog/register",
        {
            "Node": "node-5",
            "Address": "10.0.0.6",
            "NodeMeta": {"stage": "test"},
            "Service": {"ID": "db-5", "Service": "db", "Port": 80, "Tags": ["metrics"]},
        },
    )
    catalog.register("api", 9, Tags=["metrics"])
    catalog.maintain("api", 9, "Tuesday")
    catalog.row("done", 1, Tags=["metrics"])
    wait_until(lambda: bridge.ids("done"))
    wait_until(lambda: bridge.ids("web") == ["web-0"])
    wait_until(lambda: bridge.ids("api") == ["api-0", "api-1", "api-2"])
    wait_until(lambda: bridge.ids("db") == ["db-0", "db-1", "db-2", "db-3"])


def once(url, folder, *arguments):
    command = [sys.executable, "-m", "vigie", "discovery", "--once", "--consul", url, "--output", folder, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.integration
def test_once_reads_everything_writes_the_files_and_ends(consul, catalog, tmp_path):
    for number in range(3):
        catalog.register("web", number)
    assert once(consul.url, tmp_path).returncode == 0
    assert (tmp_path / "app-web.json").read_text().count("targets") == 3
    catalog.deregister("web", 0)
    assert once(consul.url, tmp_path).returncode == 0
    assert (tmp_path / "app-web.json").read_text().count("targets") == 2


@pytest.mark.integration
def test_once_without_consul_fails_and_leaves_the_files(own_consul, catalog_at, tmp_path):
    catalog_at(own_consul.url).register("web", 1)
    assert once(own_consul.url, tmp_path).returncode == 0
    own_consul.stop()
    result = once(own_consul.url, tmp_path, "--once-timeout=1s")
    assert result.returncode == 1
    assert "expected Consul to answer" in result.stderr
    assert (tmp_path / "app-web.json").read_text().count("targets") == 1
