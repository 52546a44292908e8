"""The routes as Grafana's templates, mute timings, contact points and policies."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from alerting.routes.desired import DesiredRoutes
from alerting.routes.grafana.contactpoints import ContactPoint, contact_points
from alerting.routes.grafana.policies import LABEL, MARK, VALUE, Policy, policy
from alerting.routes.grafana.timings import timings
from alerting.routes.render import template
from alerting.rules.native import PREFIX

__all__ = ["MARK", "NONE", "Notices", "make_notices"]
EMPTY: Mapping[str, Any] = MappingProxyType({})


class Notices(NamedTuple):
    """Templates and timings by name, contact points by uid, our policies, and the label that sends a rule to them."""

    templates: Mapping[str, str] = EMPTY
    timings: Mapping[str, list[dict[str, Any]]] = EMPTY
    contact_points: Mapping[str, ContactPoint] = EMPTY
    policy: Policy | None = None
    labels: Mapping[str, str] = EMPTY


NONE = Notices()


def make_notices(desired: DesiredRoutes, inbox_url: str, board_base_url: str) -> Notices:
    """Return what the routes become in Grafana; raises UsageProblemError for what Grafana can't do.

    Inhibitions are left out: Grafana 12 has none.
    """
    return Notices(
        {f"{PREFIX}messages": template(board_base_url, "grafana")},
        timings(desired.routes, desired.downtimes),
        contact_points(desired.routes, inbox_url),
        policy(desired.routes, desired.downtimes),
        {LABEL: VALUE},
    )
