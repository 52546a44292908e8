"""The reference has everything that the code has: found by walking the code, not by what makes the pages.

Each test says in a sentence what is missing. The pages are made here as `make docs` makes them.
"""

import ast
import importlib
import pkgutil
import re
from functools import cache

import click
import msgspec
import pytest
import yaml

import alerting
import dashboards
import discovery
import exporter
import vigie
from alerting.rules.integrations import list_folders
from dashboards import integration_boards
from tests.test_structure import ROOT
from tools.reference.__main__ import PAGES
from vigie.command import cli
from vigie.core.integrations.metrics import read_metrics
from vigie.core.settings import fields

REMEDY = "see tools/reference"
FOLDER = ROOT / "docs" / "reference"
METRIC_MAKERS = {"Family", "Gauge", "Counter", "Histogram", "CounterMetric", "GaugeMetricFamily", "CounterMetricFamily"}
SOURCES = sorted(path for part in ("discovery", "exporter", "vigie") for path in (ROOT / part).rglob("*.py"))


@cache
def read(name):
    return PAGES[name]()


def first_cells(name):
    """Return what stands in the first column of the tables of a page, without marks."""
    return set(re.findall(r"^\| `([^`]+)`", read(name), re.MULTILINE))


def walk_commands(group, path):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from walk_commands(command, f"{path} {name}")


COMMANDS = dict(walk_commands(cli, "vigie"))


def settings_types():
    """Every struct that is called Settings or Common, wherever it is declared."""
    for package in (alerting, dashboards, discovery, exporter, vigie):
        names = [entry.name for entry in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
        for name in names:
            values = vars(importlib.import_module(name)).values() if not name.endswith("__main__") else ()
            for value in values:
                is_struct = isinstance(value, type) and issubclass(value, msgspec.Struct)
                if is_struct and value.__name__ in {"Settings", "Common", "ExporterSettings"}:
                    yield value


def metric_names():
    """Every metric that is declared by a call with its whole name, such as `Gauge("vigie_…", …)`."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in METRIC_MAKERS and node.args:
                name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
                if isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9]*(_[A-Za-z0-9]+)+", name):
                    is_counter = ast.unparse(node.func) in {"Counter", "CounterMetric", "CounterMetricFamily"}
                    yield f"{name}_total" if is_counter else name


def names_in(folder, pattern="*.py"):
    return sorted(path.stem for path in (ROOT / folder).glob(pattern) if path.stem != "__init__")


def test_every_page_of_the_reference_is_made_or_listed():
    listed = (FOLDER / "index.md").read_text()
    pages = {path.name for path in FOLDER.glob("*.md")} | PAGES.keys()
    missing = sorted(name for name in pages if name != "index.md" and f"\n{name.removesuffix('.md')}\n" not in listed)
    assert missing == [], "docs/reference/index.md: expected these pages in its toctree"
    assert not [name for name in PAGES if (FOLDER / name).exists()], "what is made lies in no commit"


def test_every_setting_is_in_the_reference():
    told = first_cells("settings.md") | first_cells("collector-settings.md")
    switches = re.findall(r"`--(collector\.[^`]+)`\.", read("collector-settings.md"))
    declared = {field.key for kind in settings_types() for field in fields(kind)}
    assert len(declared) > 150
    assert sorted(declared - told - set(switches)) == [], f"docs/reference/settings.md lacks these settings: {REMEDY}"


def test_every_command_is_in_the_reference():
    titles = set(re.findall(r"^#+ (vigie .*)$", read("commands.md"), re.MULTILINE))
    assert sorted(COMMANDS.keys() - titles) == [], f"docs/reference/commands.md lacks these commands: {REMEDY}"


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_every_option_is_in_the_reference(path):
    section = re.split(rf"^#+ {re.escape(path)}$", read("commands.md"), flags=re.MULTILINE)[1]
    section = re.split(r"^#+ vigie ", section, flags=re.MULTILINE)[0] + read("collector-settings.md")
    options = [option for option in COMMANDS[path].params if isinstance(option, click.Option)]
    missing = [name for option in options for name in option.opts if f"`{name}`" not in section]
    assert missing == [], f"docs/reference/commands.md lacks these options of `{path}`: {REMEDY}"


def test_every_metric_is_in_the_reference():
    declared = set(metric_names())
    assert len(declared) > 200
    missing = sorted(declared - first_cells("metrics.md"))
    assert missing == [], f"docs/reference/metrics.md lacks these metrics: {REMEDY}"


def test_every_metric_of_the_catalogue_is_in_the_reference():
    told = first_cells("metrics.md")
    for file in ("node", "containers", "exporter", "vigie-console", "vigie-discovery", "vigie-provision"):
        lines = (ROOT / f"vigie/core/promql/catalogue/{file}.txt").read_text().splitlines()
        names = {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}
        missing = {name for name in names if not told & {name, re.sub(r"_(bucket|sum|count)$", "", name)}}
        assert sorted(missing) == [], f"docs/reference/metrics.md lacks these metrics of {file}.txt: {REMEDY}"


def test_every_alert_is_in_the_reference_with_its_runbook():
    text = read("alerts.md")
    for path in sorted((ROOT / "alerting/rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for name in (rule["alert"] for rule in group["rules"] if "alert" in rule):
                assert f"\n### {name}\n" in text, f"docs/reference/alerts.md lacks {name}: {REMEDY}"
                assert f"(../../alerting/runbooks/{name}.md)" in text, f"no link to the runbook of {name}: {REMEDY}"


@pytest.mark.parametrize("folder", list_folders(None).values(), ids=list_folders(None))
def test_every_integration_is_in_the_reference_with_alerts_runbooks_metrics_and_board(folder):
    text = read("alerts.md")
    for path in sorted((folder / "runbooks").glob("*.md")):
        assert f"\n### {path.stem}\n" in text, f"alert {path.stem}: {REMEDY}"
        assert f"(../../{path.relative_to(ROOT)})" in text, f"no link to the runbook of {path.stem}: {REMEDY}"
    missing = {metric.name for metric in read_metrics(folder)} - first_cells("metrics.md")
    assert missing == set(), REMEDY
    boards = [file for file in integration_boards.list_files(None) if file.path.parent == folder]
    titles = [integration_boards.load(file, runs_python=False)["title"] for file in boards]
    assert [title for title in titles if f"\n## {title}\n" not in read("panels.md")] == [], REMEDY


@pytest.mark.parametrize("name", names_in("dashboards/boards"))
def test_every_board_with_its_panels_is_in_the_reference(name):
    board = importlib.import_module(f"dashboards.boards.{name}").build().build()
    section = read("panels.md").partition(f"\n## {board.title}\n")[2].partition("\n## ")[0]
    assert section, f"docs/reference/panels.md lacks the board {board.title}: {REMEDY}"
    inner = [panel for row in board.panels for panel in (getattr(row, "panels", None) or [row])]
    missing = [panel.title for panel in inner if panel.type_val != "row" and f"| {panel.title} |" not in section]
    assert [title for title in missing if title] == [], f"docs/reference/panels.md, {board.title}: {REMEDY}"


@pytest.mark.parametrize("name", names_in("exporter/collectors"))
def test_every_collector_has_its_settings_in_the_reference(name):
    assert f"\n## {name}\n" in read("collector-settings.md"), f"docs/reference lacks the collector {name}: {REMEDY}"


@pytest.mark.parametrize("name", names_in("vigie/doctor/steps"))
def test_every_step_of_the_doctor_is_in_the_reference(name):
    assert name in first_cells("doctor-steps.md"), f"docs/reference/doctor-steps.md lacks {name}: {REMEDY}"


@pytest.mark.parametrize("path", ["discovery/http/application.py", "vigie/console/app.py", "vigie/provision/watch.py"])
def test_every_address_is_in_the_reference(path):
    addresses = set(re.findall(r'web\.(?:get|add_url_rule)\("([^"]+)"', (ROOT / path).read_text()))
    assert addresses
    assert sorted(addresses - first_cells("http.md")) == [], f"docs/reference/http.md lacks these: {REMEDY}"
