"""The known metrics: one file for each program that emits them, a metric's name and type on each line.

A name with `*` stands for all that kernels, drivers and operators name: `node_memory_*` is every field of
/proc/meminfo, whichever kernel runs.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from vigie.core.errors import UsageProblemError

NAME_AND_TYPE = 2
Catalogue = dict[str, str]


def load(folder: Path = Path(__file__).parent, over: Path | None = None) -> Catalogue:
    """Return the type (`counter`, `gauge` …) of every known metric by name, those of the operator in `over` included.

    Raises UsageProblemError for a faulty line.
    """
    metrics: Catalogue = {}
    for path in [*sorted(folder.glob("*.txt")), *(sorted(over.glob("*.txt")) if over else [])]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line and not line.startswith("#"):
                words = line.split()
                if len(words) != NAME_AND_TYPE:
                    raise UsageProblemError(f"{path}: line {number}: expected a metric's name and its type")
                metrics[words[0]] = words[1]
    return metrics


def find_type(catalogue: Mapping[str, str], metric: str) -> str | None:
    """Return the type of a metric, also of one that only a name with `*` stands for; None when nobody emits it."""
    if metric in catalogue:
        return catalogue[metric]
    return next((kind for name, kind in catalogue.items() if "*" in name and fnmatchcase(metric, name)), None)
