"""The known metrics: one file for each program that emits them, a metric's name and type on each line."""

from pathlib import Path

Catalogue = dict[str, str]


def load(folder: Path = Path(__file__).parent) -> Catalogue:
    """Return the type (`counter`, `gauge` …) of every known metric by name; raises ValueError for a faulty line."""
    metrics: Catalogue = {}
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                name, metric_type = line.split()
                metrics[name] = metric_type
    return metrics
