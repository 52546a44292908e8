"""Makes one file of /build/lib by PyInstaller: run by tools/one_file.py inside a root, with that root's own Python.

The agent and its libraries lie in the file as the package has them (`lib`), because collectors, integrations and
installed distributions are found by walking folders. PyInstaller adds Python's standard library whole: what is
imported late, or by its name, is there too.
"""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What no exporter uses: windows, games, tests, installers and the parts of other systems.
LEFT_OUT = {
    "antigravity", "ensurepip", "idlelib", "lib2to3", "msilib", "pydoc_data", "test", "this", "tkinter", "turtle",
    "turtledemo", "venv",
}  # fmt: skip
START = Path(__file__).with_name("one_file_start.py")


def main() -> None:
    """Freeze; the folders are those that tools/one_file.py makes."""
    build = Path(sys.argv[1])
    options = ["--onefile", "--noconfirm", "--strip", "--log-level", "ERROR", "--name", "vigie-agent"]
    options += ["--add-data", f"{build / 'lib'}:lib", "--distpath", str(build)]
    options += ["--workpath", str(build / "work"), "--specpath", str(build / "work")]
    options += [option for name in modules() for option in ("--hidden-import", name)]
    options += [option for name in sorted(LEFT_OUT) for option in ("--exclude-module", name)]
    freezer: Any = importlib.import_module("PyInstaller.__main__")
    freezer.run([*options, str(START)])


def modules() -> Iterator[str]:
    """Yield the modules of this Python's standard library that it has, without importing them."""
    for name in sorted(sys.stdlib_module_names - LEFT_OUT):
        spec = None if name == "__main__" else importlib.util.find_spec(name)
        if spec is None:
            continue
        yield name
        if spec.submodule_search_locations:
            yield from submodules(name, list(spec.submodule_search_locations))


def submodules(package: str, folders: list[str]) -> Iterator[str]:
    """Yield the modules in a package's folders, and those in its packages."""
    for module in pkgutil.iter_modules(folders):
        if module.name in {"__main__", "test", "tests", "idle_test"}:
            continue
        name = f"{package}.{module.name}"
        yield name
        if module.ispkg:
            yield from submodules(name, [str(Path(folder, module.name)) for folder in folders])


if __name__ == "__main__":
    main()
