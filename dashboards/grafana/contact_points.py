"""Our contact points in Grafana, by the uid of each integration; of a secret only whether it is ours."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from dashboards.grafana.client import Grafana
from dashboards.grafana.uids import is_ours
from vigie.reconcile.model import Change

CONTACT_POINTS = "/v1/provisioning/contact-points"
EXPORT = f"{CONTACT_POINTS}/export?format=json&decrypt=true"
REDACTED = "[REDACTED]"  # what Grafana shows of what it takes for a secret
OURS, ANOTHER = "(secret)", "(another secret)"
Settings = dict[str, Any]


class ContactPoint(Protocol):
    """One integration of a receiver: settings that are no secret, and secrets by the setting's name."""

    @property
    def name(self) -> str:
        """The contact point's name, which several integrations may share."""

    @property
    def type(self) -> str:
        """Grafana's name of the integration's type."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings that are no secret."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """Secret settings."""

    @property
    def tells_resolved(self) -> bool:
        """Whether it also notifies of resolved alerts."""


class ContactPoints:
    """The resource `contact points`: name, type and settings of each integration.

    Only an Admin's token may read secrets: with another one those that are there pass for ours.
    """

    name = "contact points"
    is_atomic = False
    relies_on = frozenset({"message templates"})

    def __init__(self, grafana: Grafana, contact_points: Mapping[str, ContactPoint]) -> None:
        """Take the declared integrations by uid."""
        self.grafana = grafana
        self.contact_points = contact_points

    def desired(self) -> dict[str, Settings]:
        """Return each integration, its secrets hidden."""
        return {
            uid: _encode(contact_point, dict.fromkeys(contact_point.secrets, OURS))
            for uid, contact_point in self.contact_points.items()
        }

    def actual(self) -> dict[str, Settings]:
        """Return those that are there; raises ProblemError when Grafana can't be read."""
        if not self.contact_points:
            return {}
        answers = {answer["uid"]: answer for answer in self._list() if answer["uid"] in self.contact_points}
        readable = self._secrets() if any(self.contact_points[uid].secrets for uid in answers) else {}
        return {uid: self._comparable(uid, answer, readable.get(uid, {})) for uid, answer in answers.items()}

    def orphans(self) -> dict[str, Settings]:
        """Return name and type of the others with our prefix; raises ProblemError when Grafana can't be read."""
        ours = (answer for answer in self._list() if is_ours(answer["uid"]))
        return {
            answer["uid"]: {"name": answer["name"], "type": answer["type"]}
            for answer in ours
            if answer["uid"] not in self.contact_points
        }

    def write(self, changes: Sequence[Change]) -> None:
        """Create, replace or delete an integration; raises ProblemError when Grafana refuses."""
        [change] = changes
        client, path = self.grafana.api.client, f"{CONTACT_POINTS}/{quote(change.key, safe='')}"
        if change.action == "delete":
            self.grafana.find(client.DELETE, path)
            return
        contact_point = self.contact_points[change.key]
        body = {
            "uid": change.key,
            **_encode(contact_point, contact_point.secrets),
        }  # what is left out is erased, a secret too
        if change.action == "create":
            self.grafana.create(client.POST, CONTACT_POINTS, json=body)
        else:
            self.grafana.ask(client.PUT, path, json=body)

    def _list(self) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = self.grafana.ask(self.grafana.api.client.GET, CONTACT_POINTS)
        return answers

    def _secrets(self) -> dict[str, Settings]:
        """Return the settings in clear by uid; none when we may not see them."""
        answer = self.grafana.find_visible(self.grafana.api.client.GET, EXPORT) or {"contactPoints": []}
        receivers = (receiver for group in answer["contactPoints"] for receiver in group["receivers"])
        return {receiver["uid"]: receiver["settings"] for receiver in receivers}

    def _comparable(self, uid: str, answer: Mapping[str, Any], readable: Settings) -> Settings:
        settings = dict(answer["settings"])
        for name, secret in self.contact_points[uid].secrets.items():
            if name in settings:
                value = readable.get(name, settings[name])
                settings[name] = OURS if value in {secret, REDACTED} else ANOTHER
        return {name: answer[name] for name in ("name", "type", "disableResolveMessage")} | {"settings": settings}


def _encode(contact_point: ContactPoint, secrets: Mapping[str, str]) -> Settings:
    return {
        "name": contact_point.name,
        "type": contact_point.type,
        "disableResolveMessage": not contact_point.tells_resolved,
        "settings": {**contact_point.settings, **secrets},
    }
