"""Our message templates in Grafana, by name."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dashboards.grafana.client import Grafana
from dashboards.grafana.uids import is_ours
from vigie.reconcile.model import Change

TEMPLATES = "/v1/provisioning/templates"


class MessageTemplates:
    """The resource `message templates`: the text of each."""

    name = "message templates"
    is_atomic = False
    relies_on = frozenset[str]()

    def __init__(self, grafana: Grafana, templates: Mapping[str, str]) -> None:
        """Take the declared texts by name."""
        self.grafana = grafana
        self.templates = templates

    def desired(self) -> dict[str, str]:
        """Return the texts, without the white space around that Grafana takes away."""
        return {name: text.strip() for name, text in self.templates.items()}

    def actual(self) -> dict[str, str]:
        """Return the texts that are there; raises ProblemError when Grafana can't be read."""
        return {name: text for name, text in self._list().items() if name in self.templates} if self.templates else {}

    def orphans(self) -> dict[str, str]:
        """Return the others with our prefix; raises ProblemError when Grafana can't be read."""
        return {name: text for name, text in self._list().items() if is_ours(name) and name not in self.templates}

    def write(self, changes: Sequence[Change]) -> None:
        """Write or delete a template; raises ProblemError when Grafana refuses, as it does with bad syntax."""
        [change] = changes
        client, path = self.grafana.api.client, f"{TEMPLATES}/{quote(change.key, safe='')}"
        if change.action == "delete":
            self.grafana.find(client.DELETE, path)
        else:
            self.grafana.ask(client.PUT, path, json={"template": change.after})

    def _list(self) -> dict[str, str]:
        answers: list[dict[str, Any]] | None = self.grafana.ask(self.grafana.api.client.GET, TEMPLATES)
        return {answer["name"]: answer["template"] for answer in answers or ()}  # null when there are none
