"""What the board's queries choose: Traefik by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="traefik"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
SERVICE = 'service=~"$service"'


def value(name: str, more: str = "") -> str:
    """Return the selector of a metric of the whole Traefik, or of its entry points."""
    return f"{name}{{{', '.join(filter(None, (CHOSEN, more)))}}}"


def of_service(name: str, more: str = "") -> str:
    """Return the selector of a metric of services or routers."""
    return value(f"traefik_{name}", ", ".join(filter(None, (SERVICE, more))))


def rate(selector: str, by: str) -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({selector}[{RATE}]))"


def quantile(number: float, name: str, by: str) -> str:
    """Return a quantile of the times of services."""
    return f"histogram_quantile({number}, {rate(of_service(name + '_bucket'), by + ', le')})"
