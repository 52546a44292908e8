"""Writes rule files that are made of other declarations, so that people can read them."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

SOURCE = re.compile(r"# Written by `vigie provision apply` from (.+); changes made here are overwritten\.\n")


class _Dumper(yaml.SafeDumper):
    """Writes queries of several lines as they are, and never refers to what stands elsewhere."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return whether a thing that is there twice is written twice: always."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def rule_file(groups: Sequence[dict[str, Any]], source: str) -> str:
    """Return the text of a rule file with a header that names what it was made of."""
    return header(source) + dump_groups(groups)


def dump_groups(groups: Sequence[dict[str, Any]]) -> str:
    """Return the text of a rule file without a header."""
    return yaml.dump({"groups": list(groups)}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def header(source: str) -> str:
    """Return the first line of a file that is delivered, which names what it was made of."""
    return f"# Written by `vigie provision apply` from {source}; changes made here are overwritten.\n"


def read_source(text: str) -> str | None:
    """Return what a file that is delivered was made of, None where no header says it."""
    match = SOURCE.match(text)
    return match[1] if match else None
