"""Policies that a machine can see: who imports whom, who reads the environment, what the README must list."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("alerting", "dashboards", "discovery", "exporter", "integrations")
FOR_INTEGRATIONS = {("integrations", "exporter"), ("integrations", "dashboards")}
GROUND = ("vigie.core", "vigie.reconcile")
COMPOSITIONS = ("vigie.provision", "vigie.console", "vigie.doctor", "vigie.stack")
PACKAGES = (*PARTS, "vigie")
# The agent's memory is on the table: what it never needs, it never loads.
TOO_HEAVY = {"exporter": {"flask", "prometheus_client", "rich", "grafana_client"}, "discovery": {"grafana_client"}}
# `vigie.core.settings` reads the environment for everybody; the native runner hands its own on to its servers.
ENVIRONMENT_READERS = {"vigie/core/settings/", "vigie/stack/"}
# Who speaks HTTP without the client: a blocking reader, a library's failures, a cloud's metadata.
HTTP_BESIDE_THE_CLIENT = {"discovery.consul.connection", "exporter.registration.failures", "exporter.cloud.metadata"}
# What compositions may know of the stack on this machine: facts about what runs.
FACTS_OF_THE_STACK = {"vigie.stack.servers", "vigie.stack.settings", "vigie.stack.state"}


def sources(package):
    return sorted((ROOT / package).rglob("*.py"))


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for package in PACKAGES for path in sources(package)}


def imports(path):
    """The modules that a file imports, also within functions and for types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for name in node.names:
                module = f"{node.module}.{name.name}"
                yield module if module in MODULES else node.module


IMPORTS = {module: set(imports(path)) for module, path in MODULES.items()}


def within(module, package):
    return module == package or module.startswith(f"{package}.")


def floor_of(module):
    """0 is the ground, 1 the parts, 2 the compositions, 3 the roof."""
    if any(within(module, package) for package in GROUND):
        return 0
    if any(within(module, part) for part in PARTS):
        return 1
    if any(within(module, composition) for composition in COMPOSITIONS):
        return 2
    return 3


def crossings():
    """(importer, imported) of ours, without the facts in `vigie` itself: its name and version."""
    for module, targets in IMPORTS.items():
        for target in targets:
            if target in MODULES and target != "vigie":
                yield module, target


def test_nothing_imports_what_stands_above_it():
    assert [(a, b) for a, b in crossings() if floor_of(a) < floor_of(b)] == []


def test_parts_meet_through_formats_and_not_through_imports():
    of_parts = [(a, b) for a, b in crossings() if floor_of(a) == floor_of(b) == 1]
    others = [(a, b) for a, b in of_parts if a.split(".")[0] != b.split(".")[0]]
    # An integration's check stands on the exporter's base, its board on the boards' words.
    assert [(a, b) for a, b in others if (a.split(".")[0], b.split(".")[0]) not in FOR_INTEGRATIONS] == []


def test_nobody_imports_a_composition_but_for_the_stacks_facts():
    def composition(module):
        return ".".join(module.split(".")[:2])

    among = [(a, b) for a, b in crossings() if floor_of(a) == floor_of(b) == 2]
    strangers = [(a, b) for a, b in among if composition(a) != composition(b)]
    assert [(a, b) for a, b in strangers if b not in FACTS_OF_THE_STACK] == []


def test_the_ground_knows_reconcile_only_from_reconcile():
    core = [(a, b) for a, b in crossings() if within(a, "vigie.core")]
    assert [(a, b) for a, b in core if not within(b, "vigie.core")] == []


def package_of(module):
    is_package = MODULES[module].name == "__init__.py"
    return module if is_package else module.rpartition(".")[0]


def test_no_packages_import_each_other_in_a_circle():
    graph = {}
    for importer, imported in crossings():
        if package_of(importer) != package_of(imported):
            graph.setdefault(package_of(importer), set()).add(package_of(imported))

    def reachable(start):
        seen, waiting = set(), list(graph.get(start, ()))
        while waiting:
            package = waiting.pop()
            if package not in seen:
                seen.add(package)
                waiting += graph.get(package, ())
        return seen

    assert [package for package in graph if package in reachable(package)] == []


@pytest.mark.parametrize("part", TOO_HEAVY)
def test_what_runs_everywhere_stays_light(part):
    loaded = {
        (module, target.split(".")[0]) for module in IMPORTS if within(module, part) for target in IMPORTS[module]
    }
    assert {(module, library) for module, library in loaded if library in TOO_HEAVY[part]} == set()


def test_only_the_settings_read_the_environment():
    readers = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if ast.unparse(node) != "flask.request.environ"  # what WSGI says of a request
    }
    assert not {path for path in readers if not path.startswith(tuple(ENVIRONMENT_READERS))}


def test_servers_are_asked_by_the_one_client():
    askers = {
        module
        for module, targets in IMPORTS.items()
        if targets & {"requests", "urllib.request", "http.client", "niquests"} and not within(module, "vigie.core.http")
    }
    assert askers - HTTP_BESIDE_THE_CLIENT == set()


def test_collectors_run_no_programs():
    assert [
        module for module, targets in IMPORTS.items() if within(module, "exporter") and "subprocess" in targets
    ] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_responsible_for(package):
    assert [path for path in sources(package) if not ast.get_docstring(ast.parse(path.read_text()))] == []


def calls(path):
    """Yield (what is called, its first argument if that is a text) of each call in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            first = node.args[0] if node.args else None
            yield ast.unparse(node.func), first.value if isinstance(first, ast.Constant) else None


def test_what_is_installed_reads_nothing_under_tests():
    assert [module for module, path in MODULES.items() if ("builtin", "tests") in set(calls(path))] == []


def test_only_the_stack_fetches_servers():
    fetching = {module for module, path in MODULES.items() for name, _ in calls(path) if name == "servers.find"}
    assert {module for module in fetching if not within(module, "vigie.stack")} == set()
