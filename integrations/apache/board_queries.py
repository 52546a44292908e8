"""What the board's queries choose: Apache httpd by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="apache"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"


def value(name: str, *matchers: str) -> str:
    """Return the selector of a metric of Apache httpd."""
    return f"apache_{name}{{{', '.join((CHOSEN, *matchers))}}}"


def rate(name: str, by: str = BY) -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({value(name)}[{RATE}]))"


def busy() -> str:
    """Return the share of workers that do something, of all that the server may have."""
    free = value("scoreboard", 'state=~"idle|open_slot"')
    return f"1 - sum by ({BY}) ({free}) / sum by ({BY}) ({value('scoreboard')})"


def seconds() -> str:
    """Return how long a request took on average."""
    return f"{rate('duration_ms_total')} / 1000 / ({rate('accesses_total')} > 0)"
