"""What the board's queries choose: HAProxy by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="haproxy"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
PROXY = 'proxy=~"$proxy"'
BACKEND = "dc, instance, proxy"


def process(name: str) -> str:
    """Return the selector of a metric of the whole process."""
    return f"haproxy_process_{name}{{{CHOSEN}}}"


def value(name: str, more: str = "") -> str:
    """Return the selector of a metric of frontends, backends or servers."""
    return f"haproxy_{name}{{{', '.join(filter(None, (CHOSEN, PROXY, more)))}}}"


def rate(name: str, by: str = "proxy", more: str = "") -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({value(name, more)}[{RATE}]))"
