"""PromQL as boards write it: which series a board selects, and what a panel queries."""

import string
from typing import NamedTuple

DATASOURCE = "${datasource}"  # each board lets its reader choose the Prometheus server
RATE = "$__rate_interval"  # at least four scrapes, and never narrower than a pixel

# "All" stands for `.*`, which a series without the label matches as well.
CHOSEN = 'dc=~"$dc", env=~"$env", team=~"$team"'
NODES = f'job="node", {CHOSEN}'

# In memory, of images, or on another machine's disk: their fill level is not this host's disk space.
LOCAL_DISK = 'fstype!~"tmpfs|ramfs|squashfs|iso9660|nfs.*|cifs|smb.*|ceph|fuse.*"'
REAL_DISK = 'device!~"loop.*|ram.*|sr.*"'
WIRED = 'device!~"lo|veth.*"'  # a container's end of a pair repeats what its bridge counts


class Query(NamedTuple):
    """An expression and how its series are called; `instant` asks for the present only."""

    expression: str
    legend: str = ""
    instant: bool = False


def instant_query(expression: str, legend: str = "") -> Query:
    """Return a query of the present."""
    return Query(expression, legend, instant=True)


def instant_topk(expression: str, legend: str = "") -> Query:
    """Return a query of the present for the ten series with the largest values."""
    return instant_query(f"topk(10, {expression})", legend)


def or_zero(expression: str) -> str:
    """Return the sum of an expression, 0 where it has no series: a count of nothing is no gap."""
    return f"sum({expression}) or vector(0)"


def or_none(expression: str, label: str) -> str:
    """Return an expression that, without any series, has one of value 0 whose `label` says `none`."""
    return f'{expression} or on () label_replace(vector(0), "{label}", "none", "", "")'


def fill_label(expression: str, label: str, value: str) -> str:
    """Return an expression whose series without `label` have it as `value`: Grafana would call them `Value`."""
    return f'label_replace({expression}, "{label}", "{value}", "{label}", "")'


def without_folder(expression: str, label: str) -> str:
    """Return an expression whose `label`, a path, has lost its folder: where a server keeps its files is no name."""
    return f'label_replace({expression}, "{label}", "$1", "{label}", ".*/(.+)")'


def ref_id(index: int) -> str:
    """Return the refId of a panel's query by its position: A, B, C."""
    return string.ascii_uppercase[index]
