"""Alerts with their runbooks, silences, and the forms that add and end a downtime: for operators only."""

from datetime import UTC, datetime
from typing import Any

import flask

from vigie.console.data.alerts import alerts, silences
from vigie.console.data.upstream import SourceError
from vigie.console.pages.reading import LONGEST, query_param, read_all
from vigie.console.web import downtime, filtering
from vigie.console.web.page_context import PageContext, identity, render

NAMES = ("state", "severity", "alert", "dc", "host", "job", "team", "env", "silenced")
DURATIONS = ("30m", "1h", "2h", "8h", "1d", "7d")
MOST_MATCHERS = 20


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the page and its forms on the application."""

    @web.get("/alerts")
    def all_alerts() -> flask.Response:
        form = {"matchers": "\n".join(flask.request.args.getlist("match")[:MOST_MATCHERS])[:LONGEST]}
        return _page(context, form, done=query_param("done"))

    @web.post("/alerts/downtimes")
    def begin_downtime() -> flask.Response:
        _may_change(context)
        form = {name: flask.request.form.get(name, "") for name in ("matchers", "duration", "comment")}
        try:
            lines = form["matchers"].splitlines()[:MOST_MATCHERS]
            body = downtime.silence(lines, form["duration"], form["comment"], identity().user, datetime.now(UTC))
            context.sources.silence(body)
        except (ValueError, SourceError) as error:
            return _page(context, form, wrong=str(error))
        return _seen("added")

    @web.post("/alerts/downtimes/end")
    def end_downtime() -> flask.Response:
        _may_change(context)
        one = flask.request.form.get("id", "")
        if not downtime.IDENTITY.fullmatch(one):
            flask.abort(400, "No downtime has such an id.")
        try:
            context.sources.end_silence(one)
        except SourceError as error:
            return _page(context, {}, wrong=str(error))
        return _seen("ended")


def _may_change(context: PageContext) -> None:
    """Answer 403 unless an operator sent this from our own page."""
    if not identity().is_operator:
        flask.abort(403, "Only operators may add and end downtimes; the setting `operators` names them.")
    if not context.authenticator.is_token(identity(), flask.request.form.get("csrf", "")):
        flask.abort(403, "This form is not from this page, or the console has restarted since: load the page again.")


def _seen(what: str) -> flask.Response:
    return flask.Response(status=303, headers={"Location": f"/alerts?done={what}"})


def _page(context: PageContext, form: dict[str, str], *, wrong: str = "", done: str = "") -> flask.Response:
    pending: dict[str, Any] = {
        "rules": context.sources.rules(),
        "routed": context.sources.routed(),
        "silences": context.sources.silences(),
    }
    readings = read_all(pending)
    every = alerts(readings["rules"].value, readings["routed"].value)
    chosen = filtering.parse(query_param("q"))
    answer = render(
        "alerts.html",
        "Alerts",
        readings,
        alerts=[one for one in every if chosen.test(one)],
        total=len(every),
        firing=sum(one.state == "firing" for one in every),
        silences=silences(readings["silences"].value),
        chosen=chosen,
        names=NAMES,
        form=form,
        wrong=wrong,
        done=done if done in {"added", "ended"} else "",
        durations=DURATIONS,
        grafana=context.grafana("alerts", {}),
    )
    answer.status_code = 400 if wrong else 200
    return answer
