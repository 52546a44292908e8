"""Finds the collectors: every file in `exporter/collectors/` is one, by its own name."""

import importlib
import pkgutil

import exporter.collectors
from exporter.base.collector import Collector


def find_collectors() -> dict[str, type[Collector]]:
    """Return the collector class of each file of the folder, by name, sorted."""
    names = sorted(module.name for module in pkgutil.iter_modules(exporter.collectors.__path__))
    return {name: _only_collector(name) for name in names}


def _only_collector(name: str) -> type[Collector]:
    module = importlib.import_module(f"exporter.collectors.{name}")
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Collector) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        names = " and ".join(kind.__name__ for kind in classes) or "none"
        raise ImportError(f"{module.__file__}: expected one Collector, found {names}: each has a file of its own")
    return classes[0]
