"""A collector is complete: whoever adds one is told in a sentence what he forgot, by the file where it belongs."""

import ast
import importlib
import re
from pathlib import Path

import msgspec
import pytest

from exporter.base.collector import Collector, LastCollector, NotApplicableError
from exporter.base.supplies import Supplies
from vigie.core.promql import catalogue
from vigie.core.settings import Duration

from .fixed_options import options_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "exporter" / "collectors"
THEIR_FLAGS = (ROOT / "tests/fixtures/node_exporter/flags.txt").read_text().splitlines()
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def check(name, supplies):
    """Yield what the collector of that name lacks, each a sentence that names the file and what to put there."""
    file = f"exporter/collectors/{name}.py"
    yield from check_docstring(file)
    kinds = find_classes(name)
    if len(kinds) != 1:
        names = " and ".join(kind.__name__ for kind in kinds) or "none"
        yield f"{file}: expected one Collector, found {names}: each has a file of its own"
        return
    (kind,) = kinds
    yield from check_options(file, kind)
    yield from check_page(name, kind, supplies)
    yield from check_golden(name)
    if f"| `{name}` |" not in (ROOT / "docs/reference/collectors.md").read_text():
        yield f"docs/reference/collectors.md lacks {name}: add `| `{name}` | what it tells | source | needs |`"
    yield from check_own_metrics(name)
    yield from check_catalogue(name)
    yield from check_parity(name)


def check_docstring(file):
    docstring = ast.get_docstring(ast.parse((ROOT / file).read_text())) or ""
    if not re.match(r"[A-Za-z_]+\*?.*: ", docstring):
        yield f"{file}: expected a docstring that begins with its metrics, such as `node_disk_*: what it tells, …`"


def find_classes(name):
    module = importlib.import_module(f"exporter.collectors.{name}")
    values = [value for value in vars(module).values() if isinstance(value, type)]
    return [value for value in values if issubclass(value, Collector) and value.__module__ == module.__name__]


def check_options(file, kind):
    for option in msgspec.structs.fields(kind.options_type):
        description, is_duration = describe(option.type)
        if not description:
            yield f"{file}: the option {option.name} lacks a description: Annotated[…, msgspec.Meta(description=…)]"
        if option.name.endswith("_seconds"):
            yield f"{file}: the option {option.name} is a period: name it without its unit and type it Duration"
        if is_duration and not isinstance(option.default, float):
            yield f"{file}: the option {option.name} is a Duration: its default is a number with a point"


def describe(kind):
    metas = getattr(kind, "__metadata__", ())
    description = next((meta.description for meta in metas if meta.description), "")
    return description, Duration.__metadata__[0] in metas


def check_page(name, kind, supplies):
    file = f"exporter/collectors/{name}.py"
    try:
        collector = supplies.make(kind, options_of(kind))
    except TypeError as error:
        yield f"{file}: the constructor can't be called: {error}"
        return
    try:
        page = collector.page()
    except NotApplicableError as error:
        yield f"tests/fixtures/host: nothing for {file} ({error}): put there what the kernel shows"
    except (OSError, ValueError) as error:
        yield f"tests/fixtures/host: {file} can't read it ({error}): put there what the kernel shows"
    else:
        if not TYPE.search(page.decode()) and not isinstance(collector, LastCollector):
            yield f"tests/fixtures/host: {file} gives no series on it: put there what the kernel shows"
    finally:
        collector.close()


def check_golden(name):
    if not (ROOT / f"tests/golden/{name}.prom").is_file():
        yield f"tests/golden/{name}.prom: missing: write it by `pytest tests/exporter/test_golden.py --update-goldens`"


def read_families(name):
    golden = ROOT / f"tests/golden/{name}.prom"
    return dict(TYPE.findall(golden.read_text())) if golden.is_file() else {}


def check_own_metrics(name):
    told = re.findall(r"`(…?)(\w+)", (ROOT / "docs/reference/own-metrics.md").read_text())
    for family, kind in read_families(name).items():
        is_told = any(family.endswith(end) if shortened else family == end for shortened, end in told)
        if family.startswith("vigie_") and not is_told:
            yield f"docs/reference/own-metrics.md: the table lacks {family}: add `| `{family}` | {kind} | meaning |`"


def check_catalogue(name):
    types = catalogue.load()
    for family, kind in read_families(name).items():
        if types.get(family) != kind:
            yield f"vigie/core/promql/catalogue/node.txt: lacks the line `{family} {kind}`, which {name} gives"


def check_parity(name):
    parity = (ROOT / "tests/integration/test_parity.py").read_text()
    ours = re.search(r"^OURS = (\{.*\})", parity, re.MULTILINE)[1]
    if f"--collector.{name}" not in THEIR_FLAGS and name not in ast.literal_eval(ours):
        yield f"tests/integration/test_parity.py: node_exporter has no collector {name}: add the name to OURS"


@pytest.mark.parametrize("name", NAMES)
def test_every_collector_is_complete(name, supplies, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    problems = list(check(name, supplies))
    assert not problems, "\n".join(["", *problems])


def test_no_golden_file_is_left_over():
    assert {path.stem for path in (ROOT / "tests/golden").glob("*.prom")} <= set(NAMES)


def test_a_collector_that_asks_for_what_nobody_supplies_is_told():
    class Greedy(Collector):
        def __init__(self, weather: bytes, options: object = None) -> None:
            raise NotImplementedError

    (problem,) = check_page("greedy", Greedy, Supplies())
    assert problem.startswith("exporter/collectors/greedy.py: the constructor can't be called: ")
    assert "nobody supplies" in problem
