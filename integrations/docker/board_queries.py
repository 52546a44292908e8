"""What the board's queries choose: the Docker daemon by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="docker"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
DAEMON = "dc, instance"


def value(name: str, more: str = "") -> str:
    """Return the selector of a metric."""
    return f"{name}{{{', '.join(filter(None, (CHOSEN, more)))}}}"


def engine(name: str, more: str = "") -> str:
    """Return the selector of a metric of the daemon."""
    return value(f"engine_daemon_{name}", more)


def rate(selector: str, by: str = "instance") -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({selector}[{RATE}]))"


def mean(name: str, by: str) -> str:
    """Return the mean time of what a histogram counts, of now."""
    return f"{rate(engine(name + '_sum'), by)} / ({rate(engine(name + '_count'), by)} > 0)"
