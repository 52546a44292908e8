"""The sections of board *Prometheus and Alertmanager* that have a file of their own, and what they share."""

from dashboards.panels.query import RATE

PROMETHEUS = 'job="prometheus", instance=~"$instance"'
ALERTMANAGER = 'job="alertmanager"'


def rate(name: str, selector: str = PROMETHEUS, by: str = "instance") -> str:
    """Return how often per second a counter of the selected servers grew, summed by `by`."""
    return f"sum by ({by}) (rate({name}{{{selector}}}[{RATE}]))"
