"""Our subtree of Grafana's notification policies, which are one tree: the rest of it is sent back as it was read."""

from collections.abc import Sequence
from typing import Any

from dashboards.grafana.client import Grafana
from vigie.core.errors import ProblemError
from vigie.reconcile.model import Change

POLICIES = "/v1/provisioning/policies"
SUBTREE = "vigie"
UNMANAGED = {"X-Disable-Provenance": "true"}
Policy = dict[str, Any]


class NotificationPolicies:
    """The resource `notification policies`: those right below the root that ask for our label.

    Grafana locks the whole tree in its pages once it is written with the provenance `api`, and never gives that up: so
    it is written with the one that it has.
    """

    name = "notification policies"
    is_atomic = False
    relies_on = frozenset({"contact points", "mute timings"})

    def __init__(self, grafana: Grafana, subtree: Policy | None, matcher: Sequence[str]) -> None:
        """Take the declared subtree, None for none, and the matcher that tells that it is ours."""
        self.grafana = grafana
        self.subtree = subtree
        self.matcher = list(matcher)

    def desired(self) -> dict[str, list[Policy]]:
        """Return the one subtree."""
        return {SUBTREE: [self.subtree]} if self.subtree is not None else {}

    def actual(self) -> dict[str, list[Policy]]:
        """Return what stands there with our label; raises ProblemError when Grafana can't be read."""
        return self._read_ours() if self.subtree is not None else {}

    def orphans(self) -> dict[str, list[Policy]]:
        """Return it when there should be none; raises ProblemError when Grafana can't be read."""
        return self._read_ours() if self.subtree is None else {}

    def write(self, changes: Sequence[Change]) -> None:
        """Put our subtree where it is, else first, or take it out.

        Raises ProblemError when Grafana refuses, or the root could not be sent back without harm.
        """
        [change] = changes
        tree = self._read()
        if tree.get("continue"):
            # Grafana takes it, and then answers nothing but 500 for all of its notifications.
            raise ProblemError("the root of Grafana's notification policies has `continue`: expected it without")
        present = tree.get("routes") or []
        place = next((index for index, policy in enumerate(present) if self._is_ours(policy)), 0)
        routes = [policy for policy in present if not self._is_ours(policy)]
        routes[place:place] = change.after or []
        headers = {} if tree.pop("provenance", None) else UNMANAGED
        self.grafana.ask(self.grafana.api.client.PUT, POLICIES, json={**tree, "routes": routes}, headers=headers)

    def _read_ours(self) -> dict[str, list[Policy]]:
        ours = [policy for policy in self._read().get("routes") or () if self._is_ours(policy)]
        return {SUBTREE: ours} if ours else {}

    def _is_ours(self, policy: Policy) -> bool:
        return self.matcher in (policy.get("object_matchers") or ())

    def _read(self) -> Policy:
        tree: Policy = self.grafana.ask(self.grafana.api.client.GET, POLICIES)
        return tree
