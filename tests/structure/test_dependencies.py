"""What is imported is declared in pyproject.toml, by the extra that needs it; what is declared is imported."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.test_structure import IMPORTS, MODULES, ROOT, within

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# The two bring the same name, since urllib3-future takes the place of urllib3.
TAKES_THE_PLACE = {"urllib3-future": "urllib3"}
PROVIDERS = packages_distributions()
OWN = {module.split(".")[0] for module in MODULES}


def normal(distribution):
    name = re.match(r"[\w.-]+", distribution).group()
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements):
    return {normal(requirement) for requirement in requirements}


AGENT = declared(PROJECT["dependencies"])
SERVER = AGENT | declared(PROJECT["optional-dependencies"]["server"])


def distributions_of(module):
    """Return the distributions, by the normal form of their names, that have what `module` imports."""
    names = {target.split(".")[0] for target in IMPORTS[module]} - OWN - set(sys.stdlib_module_names)
    unknown = [name for name in names if name not in PROVIDERS]
    assert not unknown, f"{module} imports {unknown}, which no installed distribution has"
    return {TAKES_THE_PLACE.get(normal(name), normal(name)) for top in names for name in PROVIDERS[top]}


def modules_of_the_agent():
    """Return the modules that `vigie exporter` may load: the command's, the exporter's and all that they import."""
    agent, waiting = set(), [module for module in MODULES if within(module, "exporter")]
    waiting += ["vigie.command", "vigie.__main__"]
    while waiting:
        module = waiting.pop()
        if module in MODULES and module not in agent:
            agent.add(module)
            waiting += IMPORTS[module]
    return sorted(agent)


def undeclared(modules, declared):
    missing = {module: sorted(distributions_of(module) - declared) for module in modules}
    return {module: names for module, names in missing.items() if names}


def test_every_import_is_declared():
    assert undeclared(MODULES, SERVER) == {}


def test_the_agent_needs_no_more_than_plain_vigie_installs():
    assert undeclared(modules_of_the_agent(), AGENT) == {}


def test_every_declared_distribution_is_imported():
    imported = set().union(*(distributions_of(module) for module in MODULES))
    assert SERVER - imported == set()
