"""What every page is made with: the parts of the console, the user, and how a template is rendered."""

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import flask

from dashboards.grafana.uids import make_safe_uid
from dashboards.integration_boards import FILE as BOARD
from vigie.console.data.cache import Reading
from vigie.console.data.settings import Settings
from vigie.console.data.sources import Sources
from vigie.console.web import links
from vigie.console.web.authenticator import Authenticator, Identity
from vigie.core.integrations.catalogue import Integration

FRAGMENT = "X-Vigie-Fragment"  # sent by our script, which puts the answer in place of the old page


class PageContext(NamedTuple):
    """The parts of the console that pages use."""

    settings: Settings
    sources: Sources
    authenticator: Authenticator
    runbooks: Mapping[str, Path]  # by alert
    rules: Mapping[str, Mapping[str, Any]]  # the alerts that are declared, by name
    grafana_url: str
    site: Path | None = None
    integrations: Mapping[str, Integration] = MappingProxyType({})

    def grafana(self, board: str, values: Mapping[str, str]) -> str:
        """Return the address of a board in Grafana, the empty text where there is none."""
        if not self.grafana_url:
            return ""
        variables = {f"var-{name}": value for name, value in values.items()}
        return f"{self.grafana_url}/d/{make_safe_uid(board)}?" + urlencode(variables)

    def setup_page(self, integration: str) -> str:
        """Return the page that tells how an integration is set up, the empty text where there is none."""
        name = f"setup-{integration}"
        return links.runbook(name) if name in self.runbooks else ""

    def integration_board(self, integration: str, dc: str, instance: str) -> str:
        """Return the address of a watched server's board in Grafana, the empty text where there is none."""
        known = self.integrations.get(integration)
        if known is None or not (known.folder / BOARD).exists():
            return ""
        return self.grafana(f"integration-{integration}", {"dc": dc, "instance": instance})


def identity() -> Identity:
    """Return who sent the request that is being answered."""
    user = flask.g.identity
    assert isinstance(user, Identity)
    return user


def render(template: str, title: str, readings: Mapping[str, Reading[Any]], /, **values: Any) -> flask.Response:
    """Return a page, or only its main part when our script asks. What sources do not answer is said on top."""
    is_fragment = FRAGMENT in flask.request.headers
    text = flask.render_template(
        template,
        layout="fragment.html" if is_fragment else "base.html",
        title=title,
        source_errors=source_errors(readings, time.time()),
        **values,
    )
    return flask.Response(text, content_type="text/html; charset=utf-8")


def known_or_404(answer: flask.Response, thing: object, readings: Mapping[str, Reading[Any]]) -> flask.Response:
    """Return the page of one host or container, with status 404 when all sources answered and none has it."""
    if thing is None and not any(reading.error for reading in readings.values()):
        answer.status_code = 404
    return answer


def source_errors(readings: Mapping[str, Reading[Any]], now: float) -> list[str]:
    """Return a sentence for each source that did not answer, with the age in seconds of what is shown instead."""
    oldest: dict[str, float] = {}
    for reading in readings.values():
        if reading.error:
            oldest[reading.error] = min(reading.at, oldest.get(reading.error, reading.at))
    return [
        f"{error}. Its last answer is shown, {now - at:.0f} s old." if at else f"{error}. Its data is missing here."
        for error, at in sorted(oldest.items())
    ]
