"""Variables: what a board's reader chooses above its panels."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from dashboards.panels.panel import data_source


def variable(name: str, label: str, values: str) -> builders.QueryVariable:
    """Return a variable whose values come from Prometheus, such as `label_values(node_uname_info, dc)`."""
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(data_source())
        .query(values)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    )


def multi_variable(name: str, label: str, values: str) -> builders.QueryVariable:
    """Return a variable of which several values, or all, can be chosen: to be used as `label=~"$name"`."""
    everything = dashboard.VariableOption(text="All", value="$__all")
    return variable(name, label, values).multi(True).include_all(True).all_value(".*").current(everything)


def fleet_variables() -> list[builders.QueryVariable]:
    """Return the variables that narrow a fleet down, as `dashboards.panels.query.CHOSEN` uses them."""
    hosts = 'up{job="node", dc=~"$dc"}'
    return [
        multi_variable("dc", "Datacenter", 'label_values(up{job="node"}, dc)'),
        multi_variable("env", "Environment", f"label_values({hosts}, env)"),
        multi_variable("team", "Team", f"label_values({hosts}, team)"),
    ]
