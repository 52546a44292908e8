"""Words that we gave up for the field's own: none of them comes back, in code, settings, pages or documents."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = {".css", ".default", ".hcl", ".html", ".js", ".json", ".md", ".py", ".service", ".sh", ".tmpl", ".toml", ".txt"}
READ |= {".yaml", ".yml"}
# The changelog tells what a name was before; recordings and goldens of others are in their own words.
NOT_OURS = ("CHANGELOG.md", "tests/fixtures/", "tests/golden/", "tests/structure/test_words.py")

# The word that was given up (an expression), the field's word, and where it would be ours ("" for everywhere).
GIVEN_UP = [
    (r"\bsettle_marks\b|\bexporter\.marks\b", "Consul maintenance", ""),
    (r"\bleftovers?\b", "stale registrations", ""),
    (r"\bWords\b", "ColumnCache", "exporter/"),
    (r"\bAnnouncer\b|\bannouncer\b", "HostRegistrar", ""),
    (r"\bRegistrar\b", "HostRegistrar or ContainerRegistrar", ""),
    (r"\bLookout\b|\bLooked\b|\bProved\b|\bwitness(es)?\b", "ConsistencyProbe, ProbeResult, StrictRead", ""),
    (r"\bfarewells?\b|farewell_", "departed retention", ""),
    (r"\b(had_)?doubts?\b|DiscoveryDoubt|discovery_doubt", "frozen", ""),
    (r"vigie discovery (accept|forget)\b", "`vigie discovery release` and `drop`", ""),
    (r"--[a-z0-9.-]+-seconds\b", "a noun: -timeout, -interval, -retention, -backoff", ""),
    (r"\bmost[-_](endpoints|files)\b", "max-endpoints, max-files", ""),
    (r"\bvigie access\b|\bvigie\.access\b", "`vigie consul-acl`", ""),
    (r"\bUntold\b|\bTrouble\b", "FetchFailure", "vigie/"),
    (r"\bhandbook\b", "runbooks", ""),
    (r"\bDoor\b", "Authenticator", "vigie/"),
    (r"\bwish\(|\btold\(", "query_param(), fleet_summary()", "vigie/console/"),
    (r"\bKind\b", "Resource", "vigie/provision/"),
    (r"\bDeclared\b", "Desired", "vigie/"),
    (r"\bat_once\b", "is_atomic", "vigie/"),
    (r"\bundeclared\b", "orphans", "vigie/"),
    (r"\bplacing\.", "atomic_files", ""),
    (r"\bUnusualForTheHour\b|\brules/bands\b|\bbands\.yml\b", "SeasonalAnomaly, baseline", ""),
    (r"\brules/(edge|store|meta)\b", "traefik, longterm, watchdog", ""),
    (r"\bleash\b", "die_with_parent", ""),
    (r"\bdashboards\.(mark|numbers)\b", "annotation, stat", ""),
    (r"\bwebconfig\b", "web_config", ""),
]


SAYS_NOTHING = {"one", "found"}


def texts():
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in names:
        path = ROOT / name
        is_recorded = name.startswith(NOT_OURS) and path.suffix != ".py"
        if path.suffix in READ and not is_recorded and path != Path(__file__) and path.is_file():
            yield name, path.read_text()


TEXTS = list(texts())


@pytest.mark.parametrize(("given_up", "word", "where"), GIVEN_UP)
def test_a_word_that_was_given_up_stays_away(given_up, word, where):
    expression = re.compile(given_up)
    places = [
        f"{name}:{number}: {line.strip()[:100]} (say: {word})"
        for name, text in TEXTS
        if name.startswith((where, f"tests/{where}"))
        for number, line in enumerate(text.split("\n"), 1)
        if expression.search(line)
    ]
    assert places == []


def test_catch_all_names_are_not_bound():
    """`one` and `found` say nothing of what they hold."""
    bound = [
        f"{name}:{getattr(node, 'lineno', 0)}"
        for name, text in TEXTS
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in SAYS_NOTHING)
        or (isinstance(node, ast.arg) and node.arg in SAYS_NOTHING)
    ]
    assert bound == []
