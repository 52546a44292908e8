"""What the board's queries choose: RabbitMQ by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="rabbitmq"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
NODE = "dc, instance"


def value(name: str, more: str = "") -> str:
    """Return the selector of a metric."""
    return f"rabbitmq_{name}{{{', '.join(filter(None, (CHOSEN, more)))}}}"


def total(name: str, by: str = "instance") -> str:
    """Return a gauge's sum; with the path /metrics/per-object it has a series for each queue, channel or connection."""
    return f"sum by ({by}) ({value(name)})"


def rate(name: str, by: str = "instance") -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({value(name)}[{RATE}]))"
