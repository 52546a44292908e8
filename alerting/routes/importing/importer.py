"""Reads an `alertmanager.yml`, and proves that what it becomes tells the same receivers."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from alerting.routes.importing.samples import Labels, make_samples
from alerting.routes.importing.secrets import extract
from alerting.routes.importing.translation import translate
from alerting.routes.integrations import Version
from alerting.routes.reading import read_routes
from alerting.routes.receivers import Facts
from alerting.routes.render import TEMPLATE, render
from alerting.tools import amtool
from vigie.core import yaml_file
from vigie.core.errors import UsageProblemError

HEADER = "# Made by `vigie routes import` from {name}; from now on it is yours.\n"


class Import(NamedTuple):
    """The text of `routes.yml`, the secrets by their file's name, the places where one had to stay, and the tree."""

    text: str
    secrets: Mapping[str, str]
    left: Sequence[str]
    root: Mapping[str, Any]
    receivers: int


class Difference(NamedTuple):
    """Labels whose alert would reach others than before."""

    labels: Labels
    before: tuple[str, ...]
    after: tuple[str, ...]


def import_file(path: Path, secrets_folder: Path | None, version: Version) -> Import:
    """Return what an Alertmanager's file becomes; raises UsageProblemError for a file that is none.

    Secrets go into files of `secrets_folder` where `version` reads them from files; without one they stay.
    """
    document = yaml_file.read(path).document
    if not isinstance(document, dict):
        raise UsageProblemError(f"{path}: expected a configuration of Alertmanager, with `route` and `receivers`")
    extraction = extract(document, secrets_folder, version)
    try:
        translated = translate(extraction.document, path.resolve().parent)
    except UsageProblemError as error:
        raise UsageProblemError(f"{path}: {error}") from error
    text = HEADER.format(name=path.name) + yaml.safe_dump(translated, sort_keys=False, allow_unicode=True, width=120)
    receivers = len(translated["receivers"])
    return Import(text, extraction.files, extraction.left, document["route"], receivers)


def find_differences(
    tool: Path, path: Path, imported: Import, version: Version, count: int, report: Callable[[int], None]
) -> Iterator[Difference]:
    """Yield the label sets that reach others by the import than by `path`, of `count` made from the tree itself.

    `report` hears how many have been tried. Raises ProblemError when amtool refuses one of the two files.
    """
    amtool.check_config(tool, path)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "routes.yml").write_text(imported.text)
        routes = read_routes(Path(folder) / "routes.yml")
        texts = render(routes, {}, Facts(version, "http://127.0.0.1:9112/"), "http://127.0.0.1:3000")
        made = Path(folder) / "alertmanager.yml"
        made.write_text(texts.configuration)
        (Path(folder) / TEMPLATE).write_text(texts.template)
        for number, labels in enumerate(make_samples(imported.root, count), 1):
            before, after = amtool.receivers(tool, path, labels), amtool.receivers(tool, made, labels)
            if before != after:
                yield Difference(labels, before, after)
            report(number)
