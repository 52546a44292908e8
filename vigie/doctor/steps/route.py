"""The host's alerts reach somebody."""

from vigie.core.http.fetch_failure import FetchFailure, brief
from vigie.doctor.findings.facts import UnresolvedRoutes
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped
from vigie.doctor.receivers.routing import ALERT

NOBODY = "nobody"


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge who would hear of `HostDown` with the host's labels."""
    routes = inputs.find_routes()
    if isinstance(routes, UnresolvedRoutes) and routes.is_fault:
        return failed(f"the routes can't be tried: {routes.why}", "correct Alertmanager's configuration")
    if isinstance(routes, UnresolvedRoutes):
        return skipped(f"the routes can't be tried here: {routes.why}")
    for route in routes:
        names = [name for name in route.receivers if name and name != NOBODY]
        if not names:
            return failed(
                f"{route.alert} of {inputs.name} reaches nobody: its receiver is {', '.join(route.receivers)}",
                "name a receiver for `critical` in routes.yml, for its team or in `default`, and apply it",
            )
    return ok(
        "; ".join(f"{route.alert} to {', '.join(route.receivers)}" for route in routes) + _describe_silence(inputs)
    )


def _describe_silence(inputs: DiagnosisInput) -> str:
    """Return which silence holds the alert back now. A silence is wanted by somebody, so it is no fault."""
    alert_labels = {**inputs.labels(), **ALERT}
    for alertmanager in inputs.readings.alertmanager.values():
        for silence in () if isinstance(alertmanager, FetchFailure) else alertmanager.silences:
            if all(matcher.matches(alert_labels) for matcher in silence.matchers):
                return f"; silenced until {silence.ends_at[:16]} UTC by {brief(silence.by)}: {brief(silence.comment)}"
    return ""


STEP = Step(title="its alerts have a route", after=("configuration",), needs=("configuration",), judge=judge)
