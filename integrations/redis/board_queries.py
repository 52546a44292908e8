"""What the board's queries choose: Redis by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="redis"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"


def value(name: str) -> str:
    """Return the selector of a metric of Redis."""
    return f"redis_{name}{{{CHOSEN}}}"


def rate(name: str, by: str = BY) -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({value(name)}[{RATE}]))"
