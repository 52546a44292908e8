"""Our contact points in Grafana, by the uid of each way; of a secret only whether it is ours."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from dashboards.grafana.client import Grafana
from dashboards.grafana.owned import is_ours
from vigie.reconcile.model import Change

CONTACT_POINTS = "/v1/provisioning/contact-points"
EXPORT = f"{CONTACT_POINTS}/export?format=json&decrypt=true"
REDACTED = "[REDACTED]"  # what Grafana shows of what it takes for a secret
OURS, ANOTHER = "(secret)", "(another secret)"
Settings = dict[str, Any]


class ContactPoint(Protocol):
    """One way of a receiver: settings that everybody may see, and secrets by the setting's name."""

    @property
    def name(self) -> str:
        """The contact point's name, which several ways may share."""

    @property
    def type(self) -> str:
        """Grafana's name of the way."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What everybody may see."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """What nobody may see."""

    @property
    def tells_resolved(self) -> bool:
        """Whether it also tells that something is over."""


class ContactPoints:
    """The resource `contact points`: name, type and settings of each way.

    Only an Admin's token may read secrets: with another one those that are there pass for ours.
    """

    name = "contact points"
    is_atomic = False

    def __init__(self, grafana: Grafana, wanted: Mapping[str, ContactPoint]) -> None:
        """Take the wanted ways by uid."""
        self.grafana = grafana
        self.wanted = wanted

    def desired(self) -> dict[str, Settings]:
        """Return each way, its secrets hidden."""
        return {uid: _shown(one, dict.fromkeys(one.secrets, OURS)) for uid, one in self.wanted.items()}

    def actual(self) -> dict[str, Settings]:
        """Return those that are there; raises ProblemError when Grafana can't be read."""
        if not self.wanted:
            return {}
        found = {one["uid"]: one for one in self._list() if one["uid"] in self.wanted}
        readable = self._secrets() if any(self.wanted[uid].secrets for uid in found) else {}
        return {uid: self._comparable(uid, one, readable.get(uid, {})) for uid, one in found.items()}

    def orphans(self) -> dict[str, Settings]:
        """Return name and type of the others with our prefix; raises ProblemError when Grafana can't be read."""
        others = (one for one in self._list() if is_ours(one["uid"]) and one["uid"] not in self.wanted)
        return {one["uid"]: {"name": one["name"], "type": one["type"]} for one in others}

    def write(self, changes: Sequence[Change]) -> None:
        """Create, replace or delete a way; raises ProblemError when Grafana refuses."""
        [change] = changes
        client, path = self.grafana.api.client, f"{CONTACT_POINTS}/{quote(change.key, safe='')}"
        if change.action == "delete":
            self.grafana.find(client.DELETE, path)
            return
        one = self.wanted[change.key]
        body = {"uid": change.key, **_shown(one, one.secrets)}  # what is left out is erased, a secret too
        if change.action == "create":
            self.grafana.ask(client.POST, CONTACT_POINTS, json=body)
        else:
            self.grafana.ask(client.PUT, path, json=body)

    def _list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.grafana.ask(self.grafana.api.client.GET, CONTACT_POINTS)
        return found

    def _secrets(self) -> dict[str, Settings]:
        """Return the settings in clear by uid; none when we may not see them."""
        answer = self.grafana.find_visible(self.grafana.api.client.GET, EXPORT) or {"contactPoints": []}
        return {way["uid"]: way["settings"] for one in answer["contactPoints"] for way in one["receivers"]}

    def _comparable(self, uid: str, found: Mapping[str, Any], readable: Settings) -> Settings:
        settings = dict(found["settings"])
        for name, secret in self.wanted[uid].secrets.items():
            if name in settings:
                value = readable.get(name, settings[name])
                settings[name] = OURS if value in {secret, REDACTED} else ANOTHER
        return {name: found[name] for name in ("name", "type", "disableResolveMessage")} | {"settings": settings}


def _shown(one: ContactPoint, secrets: Mapping[str, str]) -> Settings:
    return {
        "name": one.name,
        "type": one.type,
        "disableResolveMessage": not one.tells_resolved,
        "settings": {**one.settings, **secrets},
    }
