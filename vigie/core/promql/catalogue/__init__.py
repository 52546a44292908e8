"""The known metrics: one file for each program that emits them, a metric's name and type on each line."""

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
