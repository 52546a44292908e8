"""Links between boards: each carries the time range, the data source, and the variables that are named."""

from typing import NamedTuple

from dashboards.grafana.uids import make_uid

# Grafana fills these in from what was clicked: a series' label, or a cell of the same row.
LABEL = "${{__field.labels.{0}}}"
CELL = "${{__data.fields.{0}}}"


class Link(NamedTuple):
    """What a click on a value opens."""

    title: str
    url: str


def link(title: str, board: str, values: dict[str, str], carried: tuple[str, ...] = ()) -> Link:
    """Return a link to the board of that name with these values of its variables.

    `carried` names variables of the board that the link is on, whose values go along.
    """
    chosen = [f"var-{name}={value}" for name, value in values.items()]
    along = [f"${{{name}:queryparam}}" for name in ("datasource", *carried)]
    return Link(title, f"/d/{make_uid(board)}?" + "&".join(["${__url_time_range}", *along, *chosen]))


def host_link(place: str = LABEL, instance: str = "instance") -> Link:
    """Return a link to the host whose datacenter and name stand at `place`."""
    return link("Host", "host", {"dc": place.format("dc"), "instance": place.format(instance)})


def container_link(place: str = LABEL) -> Link:
    """Return a link to the container whose datacenter, host and name stand at `place`."""
    dc, instance, name = (place.format(label) for label in ("dc", "instance", "name"))
    return link("Container", "container", {"dc": dc, "instance": instance, "container": name})
