"""Our data sources in Grafana, by uid."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dashboards.grafana.client import Grafana
from dashboards.grafana.uids import is_ours, make_uid
from vigie.core.errors import UsageProblemError
from vigie.reconcile.model import Change

PROMETHEUS = make_uid("prometheus")
# Without `isDefault`: which data source is the default is the operator's choice, and making ours so would take it away.
COMPARED = ("name", "type", "access", "url", "basicAuth", "jsonData")
KEPT = ("isDefault", "withCredentials", "user", "database")  # an update without them resets them
FIELD = "basicAuthPassword"
ROUNDS = 200_000
FINGERPRINT_CHARACTERS = 6  # enough to notice a change, and too little to tell whether a guessed password is right


class Login(NamedTuple):
    """How Grafana signs in at Prometheus."""

    user: str
    password: str

    def fingerprint(self) -> str:
        """Return what changes with the password; everybody who reads the data source may see it."""
        digest = hashlib.pbkdf2_hmac("sha256", self.password.encode(), PROMETHEUS.encode(), ROUNDS)
        return digest.hex()[:FINGERPRINT_CHARACTERS]


class DataSources:
    """The resource `data sources`: what of each is declared. Of a password only its fingerprint.

    Grafana never shows a password, and keeps the one it has when none is sent.
    """

    name = "data sources"
    is_atomic = False
    relies_on = frozenset[str]()

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
        fingerprint = {"vigiePassword": self.login.fingerprint()} if self.login else {}
        return {
            PROMETHEUS: {
                "name": PROMETHEUS,
                "type": "prometheus",
                "access": "proxy",
                "url": self.prometheus_url,
                "basicAuth": self.login is not None,
                "basicAuthUser": self.login.user if self.login else "",
                "hasPassword": self.login is not None,
                "jsonData": {"httpMethod": "POST", "timeInterval": f"{self.scrape_interval_seconds:g}s", **fingerprint},
            }
        }

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return those that are there; raises ProblemError when Grafana can't be read."""
        answers = {key: self._read(key) for key in self.desired()}
        return {key: _comparable(answer) for key, answer in answers.items() if answer is not None}

    def orphans(self) -> dict[str, dict[str, Any]]:
        """Return the other data sources with our uid prefix; raises ProblemError when Grafana can't be read."""
        answers = self.grafana.ask(self.grafana.api.datasource.list_datasources)
        ours = {answer["uid"]: answer for answer in answers if is_ours(answer["uid"])}
        return {key: _comparable(answer) for key, answer in ours.items() if key not in self.desired()}

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
            self.grafana.create(self.grafana.api.datasource.create_datasource, body)
            return
        present = self._read(change.key) or {}
        kept = {name: present[name] for name in KEPT if name in present}
        self.grafana.ask(self.grafana.api.datasource.update_datasource_by_uid, change.key, kept | body)

    def _read(self, key: str) -> dict[str, Any] | None:
        return self.grafana.find(self.grafana.api.datasource.get_datasource_by_uid, key)


def _comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    compared = {name: answer.get(name) for name in COMPARED}
    has_password = bool(answer.get("secureJsonFields", {}).get(FIELD))
    # Grafana never clears the name, not even for one that is empty: without basicAuth it has no meaning.
    user = answer.get("basicAuthUser", "") if answer.get("basicAuth") else ""
    return compared | {"basicAuthUser": user, "hasPassword": has_password}
