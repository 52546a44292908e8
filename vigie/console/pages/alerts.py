"""Alerts with their runbooks, silences, and the forms that add and end a downtime: for operators only."""

from datetime import UTC, datetime
from typing import Any

import flask

from vigie.console.data.alerts import to_alerts, to_silences
from vigie.console.data.cache import read_all
from vigie.console.web import downtime, filtering
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, identity, render
from vigie.console.web.query_params import LONGEST, query_param
from vigie.core.http.fetch_failure import FetchError

PAGE = Page(title="Alerts", address="/alerts", menu=40)
TAGS = ("state", "severity", "alert", "dc", "host", "job", "team", "env", "silenced")
DURATIONS = ("30m", "1h", "2h", "8h", "1d", "7d")
MAX_MATCHERS = 20


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    form = {"matchers": "\n".join(flask.request.args.getlist("match")[:MAX_MATCHERS])[:LONGEST]}
    return _render(context, form, done=query_param("done"))


def add_forms(web: flask.Flask, context: PageContext) -> None:
    """Put what the page's forms send to on the application."""

    @web.post("/alerts/downtimes")
    def begin_downtime() -> flask.Response:
        _require_operator(context)
        form = {name: flask.request.form.get(name, "") for name in ("matchers", "duration", "comment")}
        try:
            lines = form["matchers"].splitlines()[:MAX_MATCHERS]
            body = downtime.silence(lines, form["duration"], form["comment"], identity().user, datetime.now(UTC))
            context.sources.silence(body)
        except (ValueError, FetchError) as error:
            return _render(context, form, wrong=str(error))
        return _redirect_to_alerts("added")

    @web.post("/alerts/downtimes/end")
    def end_downtime() -> flask.Response:
        _require_operator(context)
        downtime_id = flask.request.form.get("id", "")
        if not downtime.IDENTITY.fullmatch(downtime_id):
            flask.abort(400, "No downtime has this id.")
        try:
            context.sources.end_silence(downtime_id)
        except FetchError as error:
            return _render(context, {}, wrong=str(error))
        return _redirect_to_alerts("ended")


def _require_operator(context: PageContext) -> None:
    """Answer 403 unless an operator sent this from our own page."""
    if not identity().is_operator:
        flask.abort(403, "Only operators may add and end downtimes. The setting `operators` names them.")
    if not context.authenticator.is_token(identity(), flask.request.form.get("csrf", "")):
        flask.abort(403, "This form is not from this page, or the console has restarted since. Load the page again.")


def _redirect_to_alerts(done: str) -> flask.Response:
    return flask.Response(status=303, headers={"Location": f"/alerts?done={done}"})


def _render(context: PageContext, form: dict[str, str], *, wrong: str = "", done: str = "") -> flask.Response:
    pending: dict[str, Any] = {
        "rules": context.sources.rules(),
        "routed": context.sources.routed_alerts(),
        "silences": context.sources.silences(),
    }
    readings = read_all(pending)
    alerts = to_alerts(readings["rules"].value, readings["routed"].value)
    chosen = filtering.parse(query_param("q"))
    answer = render(
        "alerts.html",
        PAGE.title,
        readings,
        alerts=[alert for alert in alerts if chosen.test(alert)],
        total=len(alerts),
        firing=sum(alert.state == "firing" for alert in alerts),
        silences=to_silences(readings["silences"].value),
        chosen=chosen,
        names=TAGS,
        form=form,
        wrong=wrong,
        done=done if done in {"added", "ended"} else "",
        durations=DURATIONS,
        grafana=context.grafana("alerts", {}),
    )
    answer.status_code = 400 if wrong else 200
    return answer
