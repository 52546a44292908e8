"""What the board's queries choose: memcached by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="memcached"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"


def value(name: str, *matchers: str) -> str:
    """Return the selector of a metric of memcached."""
    return f"memcached_{name}{{{', '.join((CHOSEN, *matchers))}}}"


def rate(name: str, *matchers: str, by: str = BY) -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({value(name, *matchers)}[{RATE}]))"
