"""Loads the check of an integration: the class `Check` of its file `check.py`, by path."""

import importlib
import sys
from typing import TYPE_CHECKING, Any, cast

from exporter.base.check import Check
from vigie.core.builtin import builtin
from vigie.core.extension_files import MISTAKES, import_path, import_problem
from vigie.core.integrations.names import FOLDER

if TYPE_CHECKING:
    from vigie.core.integrations.catalogue import Integration


class NoCheckError(Exception):
    """The integration has no check that can be used; the message says why."""


def make_check(integration: "Integration") -> Check:
    """Return a new check for one server; raise NoCheckError."""
    try:
        module = _import(integration)
        return cast("Check", module.Check())
    except MISTAKES as error:
        raise NoCheckError(f"{integration.folder / 'check.py'}: {import_problem(error)}") from error


def _import(integration: "Integration") -> Any:
    name = integration.manifest.name
    if integration.folder.parent == builtin(FOLDER):
        return importlib.import_module(f"{FOLDER}.{name.replace('-', '_')}.check")
    module_name = f"vigie_site_integration_{name.replace('-', '_')}"
    if module_name not in sys.modules:
        sys.modules[module_name] = import_path(module_name, integration.folder / "check.py")
    return sys.modules[module_name]
