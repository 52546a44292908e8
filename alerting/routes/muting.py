"""The recurring downtimes as children of a leaf, so that each of them mutes in whatever order they stand."""

from collections.abc import Mapping, Sequence
from typing import Any

from alerting.routes.downtimes import Downtime, interval_name
from alerting.routes.matchers import exclude_each_other
from vigie.core.errors import UsageProblemError

MOST_CHILDREN = 500  # of one leaf: nine downtimes of which each may match together with each


def children(
    downtimes: Mapping[str, Downtime], hours: Sequence[str], muted: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the children of a leaf that notifies during `hours`, and not while `muted`.

    Raises UsageProblemError where they were too many.

    An alert stops at the first child that it matches. So a child has the downtimes that stand behind it as children of
    its own, which mute at its times too; those that no alert can match as well are left out. Nothing is inherited of
    mute times and hours: each child repeats both.
    """
    repeated = {"active_time_intervals": list(hours)} if hours else {}
    made = _children([*downtimes.items()], (), tuple(muted), repeated)
    if _count(made) > MOST_CHILDREN:
        raise UsageProblemError(
            f"downtimes.yml: its {len(downtimes)} downtimes may match together in more than {MOST_CHILDREN} ways: "
            'expected matchers that exclude each other, such as job="db" and job="web", or fewer of them'
        )
    return made


def _children(
    downtimes: Sequence[tuple[str, Downtime]],
    matched: tuple[str, ...],
    intervals: tuple[str, ...],
    repeated: Mapping[str, Any],
    room: int = 9,
) -> list[dict[str, Any]]:
    made = []
    for place, (name, downtime) in enumerate(downtimes, 1):
        if exclude_each_other(matched, downtime.match):
            continue
        mutes = (*intervals, interval_name(name))
        inner = _children(downtimes[place:], (*matched, *downtime.match), mutes, repeated, room - 1) if room else []
        made.append(
            {
                "matchers": list(downtime.match),
                "mute_time_intervals": list(mutes),
                **repeated,
                **({"routes": inner} if inner else {}),
            }
        )
    return made


def _count(routes: Sequence[Mapping[str, Any]]) -> int:
    return sum(1 + _count(route.get("routes", ())) for route in routes)
