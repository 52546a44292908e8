"""What the board's queries choose: MariaDB and MySQL by the label `integration`, and what its reader chose."""

from dashboards.panels.query import RATE

OF = 'integration="mysql"'
CHOSEN = f'{OF}, dc=~"$dc", instance=~"$instance"'
BY = "dc, instance"
REPLICA = f"{BY}, master_host, connection_name, channel_name"


def value(name: str) -> str:
    """Return the selector of a metric of MySQL."""
    return f"mysql_{name}{{{CHOSEN}}}"


def status(name: str) -> str:
    """Return the selector of a name of SHOW GLOBAL STATUS."""
    return value(f"global_status_{name}")


def setting(name: str) -> str:
    """Return the selector of a name of SHOW GLOBAL VARIABLES."""
    return value(f"global_variables_{name}")


def rate(name: str, by: str = BY) -> str:
    """Return how much a counter of SHOW GLOBAL STATUS grows per second."""
    return f"sum by ({by}) (rate({status(name)}[{RATE}]))"


def replica(before: str, since: str) -> str:
    """Return a number of replication, under the name before MySQL 8.4 and under the one since."""
    return f"max by ({REPLICA}) ({value(f'slave_status_{before}')} or {value(f'slave_status_{since}')})"


def connections() -> str:
    """Return the share of max_connections that is in use."""
    return f"{status('threads_connected')} / {setting('max_connections')}"
