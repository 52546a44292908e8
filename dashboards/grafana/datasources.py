"""Our data sources in Grafana, by uid."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dashboards.grafana.client import Grafana
from dashboards.grafana.owned import is_ours, uid
from vigie.core.errors import UsageProblemError
from vigie.reconcile.model import Change

PROMETHEUS = uid("prometheus")
# Without `isDefault`: which data source is the default is the operator's choice, and making ours so would take it away.
COMPARED = ("name", "type", "access", "url", "basicAuth", "jsonData")
KEPT = ("isDefault", "withCredentials", "user", "database")  # an update without them resets them
FIELD = "basicAuthPassword"
ROUNDS = 200_000
MARK_CHARACTERS = 6  # enough to notice a change, and too little to tell whether a guessed password is right


class Login(NamedTuple):
    """How Grafana signs in at Prometheus."""

    user: str
    password: str

    def mark(self) -> str:
        """Return what tells that the password is another one; everybody who reads the data source may see it."""
        digest = hashlib.pbkdf2_hmac("sha256", self.password.encode(), PROMETHEUS.encode(), ROUNDS)
        return digest.hex()[:MARK_CHARACTERS]


class Datasources:
    """The resource `data sources`: what of each is declared. Of a password only whether there is one, and its mark.

    Grafana never shows a password, and keeps the one it has when none is sent.
    """

    name = "data sources"
    is_atomic = False

    def __init__(
        self, grafana: Grafana, prometheus_url: str, scrape_interval_seconds: float, login: Login | None = None
    ) -> None:
        """Take where and as whom Grafana reaches Prometheus; raises UsageProblemError for a URL with credentials."""
        if "@" in urlsplit(prometheus_url).netloc:
            raise UsageProblemError("the data source's URL holds credentials, which everybody would see in Grafana")
        self.grafana = grafana
        self.prometheus_url = prometheus_url
        self.scrape_interval_seconds = scrape_interval_seconds
        self.login = login

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return the one data source; its interval is what `$__rate_interval` is made of."""
        mark = {"vigiePassword": self.login.mark()} if self.login else {}
        return {
            PROMETHEUS: {
                "name": PROMETHEUS,
                "type": "prometheus",
                "access": "proxy",
                "url": self.prometheus_url,
                "basicAuth": self.login is not None,
                "basicAuthUser": self.login.user if self.login else "",
                "hasPassword": self.login is not None,
                "jsonData": {"httpMethod": "POST", "timeInterval": f"{self.scrape_interval_seconds:g}s", **mark},
            }
        }

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return those that are there; raises ProblemError when Grafana can't be read."""
        found = {key: self._read(key) for key in self.desired()}
        return {key: _comparable(one) for key, one in found.items() if one is not None}

    def orphans(self) -> dict[str, dict[str, Any]]:
        """Return the other data sources with our uid prefix; raises ProblemError when Grafana can't be read."""
        found = self.grafana.ask(self.grafana.api.datasource.list_datasources)
        wanted = self.desired()
        return {one["uid"]: _comparable(one) for one in found if is_ours(one["uid"]) and one["uid"] not in wanted}

    def write(self, changes: Sequence[Change]) -> None:
        """Create, update or delete a data source; raises ProblemError when Grafana refuses.

        An update replaces all that it does not name by defaults (except secrets), so the rest is read and sent along.
        """
        [change] = changes
        if change.action == "delete":
            self.grafana.find(self.grafana.api.datasource.delete_datasource_by_uid, change.key)
            return
        body = {"uid": change.key, **change.after}
        del body["hasPassword"]
        if self.login or (change.before and change.before["hasPassword"]):
            body["secureJsonData"] = {FIELD: self.login.password if self.login else ""}  # "" takes it away
        if change.action == "create":
            self.grafana.ask(self.grafana.api.datasource.create_datasource, body)
            return
        present = self._read(change.key) or {}
        kept = {name: present[name] for name in KEPT if name in present}
        self.grafana.ask(self.grafana.api.datasource.update_datasource_by_uid, change.key, kept | body)

    def _read(self, key: str) -> dict[str, Any] | None:
        return self.grafana.find(self.grafana.api.datasource.get_datasource_by_uid, key)


def _comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: answer.get(name) for name in COMPARED}
    has_password = bool(answer.get("secureJsonFields", {}).get(FIELD))
    # Grafana never clears the name, not even for one that is empty: without basicAuth it is a leftover.
    user = answer.get("basicAuthUser", "") if answer.get("basicAuth") else ""
    return found | {"basicAuthUser": user, "hasPassword": has_password}
