"""Extensions are found by walking: a new file in its folder is enough, and no other file names it."""

import pytest

from tests.test_structure import IMPORTS, MODULES, ROOT, within

# Each package whose modules are extensions, and the word by which tests call one of them.
EXTENSIONS = {
    "alerting.declarations": "declaration",
    "dashboards.boards": "board",
    "dashboards.declarations": "declaration",
    "exporter.collectors": "collector",
    "vigie.console.pages": "page",
    "vigie.console.queries": "query",
    "vigie.doctor.steps": "step",
}


# A page asks its own queries by name; `vigie lint` finds them all by walking.
USED_BY_NAME = {"vigie.console.queries"}


@pytest.mark.parametrize("package", sorted(EXTENSIONS.keys() - USED_BY_NAME))
def test_nobody_names_an_extension(package):
    named = {
        (module, target)
        for module, targets in IMPORTS.items()
        if not within(module, package)
        for target in targets
        if target in MODULES and target != package and within(target, package)
    }
    assert named == set(), "find it by walking the folder instead"


@pytest.mark.parametrize("word", EXTENSIONS.values())
def test_every_folder_of_extensions_has_a_guard(word):
    guards = [path for path in (ROOT / "tests").rglob("test_*.py") if f"def test_every_{word}_" in path.read_text()]
    assert guards, f"expected a test `test_every_{word}_…` that names what a new {word} lacks"
