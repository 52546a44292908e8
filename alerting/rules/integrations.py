"""The rule files, runbooks and tests of integrations, found by walking their folders: ours and the site folder's."""

from collections.abc import Container, Mapping
from pathlib import Path

from vigie.core.builtin import builtin
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.names import FOLDER, SETUP
from vigie.core.site_folder import within

RULES, TESTS, RUNBOOKS = "rules.yml", "rules.test.yml", "runbooks"
PREFIX = "integration-"  # in the name that an integration's rule file has among all rule files
OURS = builtin(FOLDER)


def list_folders(site: Path | None) -> dict[str, Path]:
    """Return the folder of each integration by name."""
    return {name: each.folder for name, each in read_catalogue(within(site, FOLDER)).integrations.items()}


def list_rule_files(site: Path | None = None) -> dict[str, Path]:
    """Return the rule files by the name that they have among all: `integration-redis.yml`."""
    paths = {f"{PREFIX}{name}.yml": folder / RULES for name, folder in list_folders(site).items()}
    return {name: path for name, path in paths.items() if path.exists()}


def list_unused(rule_files: Mapping[str, Path], used: Container[str] | None) -> frozenset[str]:
    """Return which of these rule files are of integrations that are not in `used`; none where that is not given."""
    if used is None:
        return frozenset()
    return frozenset(name for name, path in rule_files.items() if path.parent.name not in used)


def list_runbooks(site: Path | None = None) -> dict[str, Path]:
    """Return the runbooks by alert: ours, those of integrations, and those of the site folder, which win."""
    folders = [builtin("alerting", RUNBOOKS), *(folder / RUNBOOKS for folder in list_folders(site).values())]
    paths = [path for folder in [*folders, within(site, RUNBOOKS)] if folder for path in folder.glob("*.md")]
    return {path.stem: path for path in paths}


def name_runbooks(path: Path) -> str:
    """Return the folder, as a sentence names it, in which a runbook of an alert of this rule file belongs."""
    return f"{FOLDER}/{path.parent.name}/{RUNBOOKS}" if path.name == RULES else f"alerting/{RUNBOOKS}"


def list_setups(site: Path | None = None) -> Mapping[str, Path]:
    """Return the pages of set-up by the name that they have among runbooks: `setup-redis`."""
    paths = {f"setup-{name}": folder / SETUP for name, folder in list_folders(site).items()}
    return {name: path for name, path in paths.items() if path.exists()}
