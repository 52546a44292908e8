"""Reads a YAML file that people write, and finds the line of each thing in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from vigie.core.errors import UsageProblemError

Place = tuple[str | int, ...]  # keys of mappings and positions in lists, from the top


class YamlFile(NamedTuple):
    """What a file holds, and where."""

    path: Path
    document: Any
    root: Any  # the same as nodes, which know their lines

    def problem(self, place: Place, sentence: str) -> UsageProblemError:
        """Return the error that names file, line, place and what was expected."""
        inner = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")
        return UsageProblemError(f"{self.path}: line {self.line(place)}: {inner + ': ' if inner else ''}{sentence}")

    def line(self, place: Place) -> int:
        """Return the line at which the member under `place` begins, or the nearest one around it."""
        node, number = self.root, 1
        for key in place:
            members = dict(_members(node))
            if key not in members:
                return number
            number, node = members[key]
        return number


def read(path: Path) -> YamlFile:
    """Return the content of a file; raises UsageProblemError when it is no YAML or names a key twice."""
    try:
        text = path.read_text()
        file = YamlFile(path, yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UsageProblemError(f"{path}: expected a readable YAML file: {error}") from error
    for number, key in _find_repeated(file.root):
        raise UsageProblemError(f"{path}: line {number}: {key} is there twice: expected it once")
    return file


def _members(node: Any) -> Iterator[tuple[str | int, tuple[int, Any]]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, (key.start_mark.line + 1, value)) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((index, (value.start_mark.line + 1, value)) for index, value in enumerate(node.value))


def _find_repeated(node: Any) -> Iterator[tuple[int, str]]:
    """Yield the line of each key that a mapping has a second time, which YAML itself lets pass."""
    keys = set()
    for key, (number, value) in _members(node):
        if key in keys:
            yield number, str(key)
        keys.add(key)
        yield from _find_repeated(value)
