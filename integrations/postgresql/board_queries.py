"""What the board's queries choose: PostgreSQL by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="postgresql"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"
OF_DATABASE = f'{CHOSEN}, datname=~"$database"'
BY_DATABASE = f"{BY}, datname"


def value(name: str, further: str = "") -> str:
    """Return the selector of a metric of PostgreSQL."""
    return f"pg_{name}{{{CHOSEN}{', ' if further else ''}{further}}}"


def each(name: str, further: str = "") -> str:
    """Return a metric with the labels of its server alone."""
    return f"max by ({BY}) ({value(name, further)})"


def of_database(name: str) -> str:
    """Return the selector of a metric that has a database."""
    return f"pg_{name}{{{OF_DATABASE}}}"


def rate(name: str, by: str = BY) -> str:
    """Return how much a counter grows per second."""
    return f"sum by ({by}) (rate({value(name)}[{RATE}]))"


def database_rate(name: str, by: str = BY_DATABASE) -> str:
    """Return how much a counter of databases grows per second."""
    return f"sum by ({by}) (rate({of_database(name)}[{RATE}]))"


def connections() -> str:
    """Return the share of max_connections that is in use."""
    return f"sum by ({BY}) ({value('stat_database_numbackends')}) / {each('settings_max_connections')}"


def checkpoints(before_17: str, since_17: str) -> str:
    """Return a rate of what two views tell, by the version of the server."""
    return f"({rate(f'stat_bgwriter_{before_17}')} or {rate(f'stat_checkpointer_{since_17}')})"
